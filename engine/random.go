package engine

import "math"

// Dropout says which elements a dropout site drops: a pure function of (seed, step, layer, site, example, element), so that every device and
// every batching draws the same. The zero Dropout drops nothing.
type Dropout struct {
	P       float32 // probability of dropping, 0 ≤ P < 1
	Seed    uint64
	Step    uint64  // optimiser step
	Layer   int     // -1: the embeddings
	Site    int     // one of the Site constants
	Off     []int32 // [S+1] first row of each sentence
	Example []int32 // [S] the example's number in the epoch's data, not in the batch
}

// Dropout sites of a Transformer layer.
const (
	SiteEmbedding = iota
	SiteAttention
	SiteAttentionOutput
	SiteFFNOutput
)

// On reports whether d drops anything.
func (d Dropout) On() bool { return d.P > 0 }

// Check panics with a [*Fault] unless d, which is on, fits a tensor with the given rows.
func (d Dropout) Check(op string, rows int) {
	if !(d.P < 1) {
		Fail(op, "dropout with probability %g", d.P)
	}
	if len(d.Off) != len(d.Example)+1 || d.Off[0] != 0 || int(d.Off[len(d.Off)-1]) != rows {
		Fail(op, "dropout has offsets of %d sentences for %d examples and %d rows", len(d.Off)-1, len(d.Example), rows)
	}
	for s := range d.Example {
		if d.Off[s] > d.Off[s+1] {
			Fail(op, "dropout's offsets fall at sentence %d", s)
		}
	}
}

// Key is the stream of sentence s.
func (d Dropout) Key(s int) uint64 {
	return hash(d.Seed, d.Step, uint64(int64(d.Layer))<<8|uint64(d.Site), uint64(d.Example[s]))
}

// Keep reports whether element i of the sentence with this key stays.
func (d Dropout) Keep(key uint64, i int) bool {
	return float32(uint32(mix(key+uint64(i)*golden)>>40))*(1.0/(1<<24)) >= d.P
}

// Apply is dst = x·keep/(1-p) for elements first, first+1, … of the sentence with this key; dst may be x.
func (d Dropout) Apply(dst, x []float32, key uint64, first int) {
	limit, scale := d.limit(), d.scale()
	at := key + uint64(first)*golden
	x = x[:len(dst)]
	for i := range dst {
		keep := uint32((limit - 1 - int64(mix(at)>>40)) >> 63) // all ones, or zero
		dst[i] = math.Float32frombits(math.Float32bits(x[i]*scale) & keep)
		at += golden
	}
}

// ApplyAdd is dst += x·keep/(1-p), see [Dropout.Apply].
func (d Dropout) ApplyAdd(dst, x []float32, key uint64, first int) {
	limit, scale := d.limit(), d.scale()
	at := key + uint64(first)*golden
	x = x[:len(dst)]
	for i := range dst {
		if int64(mix(at)>>40) >= limit {
			dst[i] += float32(x[i] * scale)
		}
		at += golden
	}
}

// limit is where Keep begins, in units of 2⁻²⁴.
func (d Dropout) limit() int64 { return int64(math.Ceil(float64(d.P) * (1 << 24))) }

func (d Dropout) scale() float32 { return float32(1 / (1 - float64(d.P))) }

// Normal is the standard normal deviate of gaussian noise at (seed, layer, example, neuron), by Box and Muller.
func Normal(seed uint64, layer, example, neuron int) float32 {
	u := mix(NormalKey(seed, layer, example) + uint64(neuron)*golden)
	radius := math.Sqrt(-2 * math.Log((float64(u>>32)+0.5)*(1.0/(1<<32))))
	return float32(radius * math.Cos(2*math.Pi*float64(uint32(u))*(1.0/(1<<32))))
}

// NormalKey is the stream of an example's noise in a layer, for devices that draw by themselves.
func NormalKey(seed uint64, layer, example int) uint64 {
	return hash(seed, 0x6e6f697365, uint64(layer), uint64(example))
}

const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func hash(words ...uint64) uint64 {
	h := uint64(golden)
	for _, w := range words {
		h = mix(h ^ mix(w+golden))
	}
	return h
}
