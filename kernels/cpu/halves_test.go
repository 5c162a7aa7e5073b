package cpu_test

import (
	"math"
	"sync"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/half"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// TestHalves: an op on activations in bfloat16 is the op on the same numbers in float32, and to bfloat16 its result is rounded, in every combination, by weights that
// tiles hold and by others, few rows and many.
func TestHalves(t *testing.T) {
	types := []engine.DType{engine.F32, engine.BF16}
	for _, set := range simd.Sets() {
		for _, precision := range []string{cpu.BF16, cpu.Float32, cpu.Int8} {
			b := openAs(t, set.Name, 2, precision)
			if want := map[bool]engine.DType{true: engine.BF16}[precision == cpu.BF16 && set.HasAMX()]; b.Activations() != want {
				t.Errorf("%s keeps activations in %v", b.Name(), b.Activations())
			}
			sizes := [][3]int{{5, 64, 64}, {37, 70, 33}, {300, 64, 96}, {6, 800, 64}}
			if !set.HasAMX() {
				sizes = sizes[:2]
			}
			for _, size := range sizes {
				m, k, n := size[0], size[1], size[2]
				xs, rs := rounded(drawn(1, m*k, false)), rounded(drawn(3, m*n, false))
				w, bias := tensorOf(t, b, engine.F32, engine.Weights, n, k, drawn(2, n*k, false)), tensorOf(t, b, engine.F32, engine.Weights, 1, n, drawn(4, n, false))
				gamma := tensorOf(t, b, engine.F32, engine.Weights, 1, k, drawn(5, k, false))
				var want [4][]float32
				for _, from := range types {
					for _, to := range types {
						x, res := tensorOf(t, b, from, engine.Activations, m, k, xs), tensorOf(t, b, from, engine.Activations, m, n, rs)
						y, z := tensorOf(t, b, to, engine.Activations, m, n, nil), tensorOf(t, b, to, engine.Activations, m, k, nil)
						check := func(op int, name string, y engine.Tensor) {
							got := floatsOf(b, y)
							if from == engine.F32 && to == engine.F32 {
								want[op] = got
								return
							}
							same := want[op]
							if to == engine.BF16 {
								same = rounded(same)
							}
							for i := range got {
								if got[i] != same[i] {
									t.Fatalf("%s, %v, %s from %v to %v: element %d is %g, want %g", b.Name(), size, name, from, to, i, got[i], same[i])
								}
							}
						}
						b.Linear(y, x, w, bias, engine.Tensor{})
						check(0, "linear", y)
						b.Linear(y, x, w, engine.Tensor{}, res)
						check(1, "linear with a residual", y)
						b.FFNUp(y, engine.Tensor{}, x, w, bias, nil, nil)
						check(2, "ffn_up", y)
						b.LayerNorm(z, x, gamma, gamma, 1e-5)
						check(3, "layer_norm", z)
					}
				}
			}
		}
	}
}

// TestHalvesTaps: activations that a tap reads are float32, others bfloat16 where the device likes that; what W2 makes of them is the same, however few neurons there are.
func TestHalvesTaps(t *testing.T) {
	for _, set := range simd.Sets() {
		b := openAs(t, set.Name, 2, cpu.BF16)
		const m, h = 7, 64
		for _, f := range []int{1, 2, 13, 26, 61, 64} {
			weights := func(seed uint32, rows, cols int) engine.Tensor {
				return tensorOf(t, b, engine.F32, engine.Weights, rows, cols, drawn(seed, rows*cols, false))
			}
			x := tensorOf(t, b, b.Activations(), engine.Activations, m, h, rounded(drawn(1, m*h, false)))
			w1, b1, w2 := weights(2, f, h), weights(3, 1, f), weights(4, h, f)
			through := func(between engine.DType) []float32 {
				a, y := tensorOf(t, b, between, engine.Activations, m, f, nil), tensorOf(t, b, engine.F32, engine.Activations, m, h, nil)
				b.FFNUp(a, engine.Tensor{}, x, w1, b1, nil, nil)
				b.Linear(y, a, w2, engine.Tensor{}, engine.Tensor{})
				return floatsOf(b, y)
			}
			got, want := through(engine.F32), through(b.Activations())
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%s, %d neurons: result %d is %g for a tap, %g without", b.Name(), f, i, got[i], want[i])
				}
			}
		}
	}
}

// TestHalvesAttention: attention of bfloat16 is that of the same numbers in float32, rounded; on tiles, where weights are rounded too, within what that costs. Sentences of
// more keys than a block of tiles holds are among them, and every width of heads.
func TestHalvesAttention(t *testing.T) {
	for _, set := range simd.Sets() {
		b := openAs(t, set.Name, 2, cpu.BF16)
		for _, d := range []int{16, 33, 64} {
			const heads = 2
			h := heads * d
			qOff, kvOff := []int32{0, 5, 5, 150, 151, 152}, []int32{0, 5, 5, 150, 187, 187 + 800}
			a := engine.Ragged{QOff: qOff, KVOff: kvOff, Heads: heads}
			nq, nk := int(qOff[len(qOff)-1]), int(kvOff[len(kvOff)-1])
			if !set.HasAMX() {
				a.QOff, a.KVOff, nq, nk = qOff[:3], kvOff[:3], 5, 5
			}
			qs, ks := rounded(drawn(1, nq*h, false)), rounded(drawn(2, nk*2*h, false))
			attend := func(q, kv, to engine.DType) []float32 {
				y := tensorOf(t, b, to, engine.Activations, nq, h, nil)
				b.Attention(y, tensorOf(t, b, q, engine.Activations, nq, h, qs), tensorOf(t, b, kv, engine.Activations, nk, 2*h, ks), a)
				return floatsOf(b, y)
			}
			want := attend(engine.F32, engine.F32, engine.F32)
			most := 0.0
			for _, v := range ks {
				most = max(most, math.Abs(float64(v)))
			}
			for i := range 8 {
				pick := func(bit int) engine.DType { return []engine.DType{engine.F32, engine.BF16}[i>>bit&1] }
				got, to, tolerance := attend(pick(0), pick(1), pick(2)), want, 0.0
				if pick(2) == engine.BF16 {
					to = rounded(want)
				}
				if i == 7 && set.HasAMX() {
					tolerance = 2 * 0x1p-8 * most // a weight and the result are rounded; weights add up to 1
				}
				for e := range to {
					if !(math.Abs(float64(got[e])-float64(to[e])) <= tolerance) {
						t.Fatalf("%s, heads of %d, types %03b: element %d is %g, want %g", b.Name(), d, i, e, got[e], to[e])
					}
				}
			}
		}
	}
}

// TestHalvesAttentionAlone: a sentence's result has the same bits alone and among others.
func TestHalvesAttentionAlone(t *testing.T) {
	b := openAs(t, "auto", 2, cpu.BF16)
	const heads, h = 2, 128
	off := []int32{0, 7, 107, 140, 141}
	rows := int(off[len(off)-1])
	tensor := func(rows, cols int, x []float32) engine.Tensor {
		return tensorOf(t, b, engine.BF16, engine.Activations, rows, cols, x)
	}
	qs, ks := rounded(drawn(1, rows*h, false)), rounded(drawn(2, rows*2*h, false))
	all := tensor(rows, h, nil)
	b.Attention(all, tensor(rows, h, qs), tensor(rows, 2*h, ks), engine.Ragged{QOff: off, KVOff: off, Heads: heads})
	want := floatsOf(b, all)
	for s := range len(off) - 1 {
		lo, hi := int(off[s]), int(off[s+1])
		one := tensor(hi-lo, h, nil)
		alone := []int32{0, int32(hi - lo)}
		b.Attention(one, tensor(hi-lo, h, qs[lo*h:hi*h]), tensor(hi-lo, 2*h, ks[lo*2*h:hi*2*h]), engine.Ragged{QOff: alone, KVOff: alone, Heads: heads})
		for i, v := range floatsOf(b, one) {
			if v != want[lo*h+i] {
				t.Fatalf("sentence %d: element %d is %g alone, %g among others", s, i, v, want[lo*h+i])
			}
		}
	}
}

// TestHalvesAttentionAtOnce: attention of bfloat16 has the same bits on any number of threads, and under many goroutines of one backend, in heads of an odd width that
// share words of memory, beside a sentence that is NaN.
func TestHalvesAttentionAtOnce(t *testing.T) {
	const heads, h = 3, 3 * 33
	off := []int32{0, 1, 33, 34, 131, 131 + simd.BFloat16KC + 1}
	if b := openAs(t, "auto", 1, cpu.BF16); b.Activations() != engine.BF16 {
		off = off[:4] // slow
	}
	rows := int(off[len(off)-1])
	qs, ks := rounded(drawn(1, rows*h, false)), rounded(drawn(2, rows*2*h, false))
	ks[33*2*h] = float32(math.NaN())
	var want []float32
	for _, threads := range []int{1, 2, 3, 16} {
		b := openAs(t, "auto", threads, cpu.BF16)
		tensor := func(cols int, x []float32) engine.Tensor {
			return tensorOf(t, b, engine.BF16, engine.Activations, rows, cols, x)
		}
		q, kv := tensor(h, qs), tensor(2*h, ks)
		var wg sync.WaitGroup
		for i := range 3 {
			y := tensor(h, nil)
			attend := func() {
				b.Attention(y, q, kv, engine.Ragged{QOff: off, KVOff: off, Heads: heads})
				got := floatsOf(b, y)
				if want == nil {
					want = got
				}
				for e, v := range got {
					if isNaN := e/h == 33 && e%h < h/heads; isNaN != (v != v) || !isNaN && v != want[e] {
						t.Errorf("%d threads: element %d is %g, want %g", threads, e, v, want[e])
						return
					}
				}
			}
			if i == 0 {
				attend()
			} else {
				wg.Go(attend)
			}
		}
		wg.Wait()
	}
}

// TestHalvesRefuses: what bfloat16 cannot hold is a fault.
func TestHalvesRefuses(t *testing.T) {
	b := openAs(t, "auto", 1, cpu.BF16)
	tensor := func(d engine.DType) engine.Tensor { return tensorOf(t, b, d, engine.Activations, 32, 32, nil) }
	w := tensorOf(t, b, engine.F32, engine.Weights, 32, 32, drawn(1, 1024, false))
	for what, call := range map[string]func(){
		"pre": func() {
			b.FFNUp(tensor(engine.BF16), tensor(engine.F32), tensor(engine.BF16), w, engine.Tensor{}, nil, nil)
		},
		"float16": func() { b.Linear(tensor(engine.F16), tensor(engine.F32), w, engine.Tensor{}, engine.Tensor{}) },
		"int64":   func() { b.LayerNorm(tensor(engine.F32), tensor(engine.I64), w.Slice(0, 1), w.Slice(0, 1), 1) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(*engine.Fault); !ok {
					t.Error(what, "was taken")
				}
			}()
			call()
		}()
	}
}

func rounded(x []float32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		if math.Abs(float64(v)) >= 0x1p-126 { // subnormal numbers are zero
			y[i] = half.FromBF16(half.ToBF16(v))
		}
	}
	return y
}

// TestHalvesAllocateNothing: attention and products of bfloat16, once their memory is there.
func TestHalvesAllocateNothing(t *testing.T) {
	for _, threads := range []int{1, 2} {
		b := openAs(t, "auto", threads, cpu.BF16)
		if b.Activations() != engine.BF16 {
			t.Skip("this machine has no AMX: products of bfloat16 run in Go, which allocates")
		}
		const heads, h = 2, 128
		off := []int32{0, 7, 107, 140, 141}
		rows := int(off[len(off)-1])
		tensor := func(cols int) engine.Tensor {
			return tensorOf(t, b, engine.BF16, engine.Activations, rows, cols, nil)
		}
		q, kv, y := tensor(h), tensor(2*h), tensor(h)
		w := tensorOf(t, b, engine.F32, engine.Weights, h, h, drawn(1, h*h, false))
		step := func() {
			b.Attention(y, q, kv, engine.Ragged{QOff: off, KVOff: off, Heads: heads})
			b.Linear(q, y, w, engine.Tensor{}, engine.Tensor{})
		}
		step()
		step()
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("%d threads: %g allocations a step", threads, n)
		}
	}
}
