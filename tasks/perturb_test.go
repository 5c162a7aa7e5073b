package tasks

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// noise is what gaussian perturbation of all neurons, at a deviation of 1, adds to the activations of layer l, by row and neuron. Only that
// layer is perturbed, so that its input stays. examples are indices into the test split, in the order of the batch.
func noise(t *testing.T, f fixture, l int, seed uint64, examples ...int) (rows [][]float64, off []int32) {
	t.Helper()
	tokens := f.tokens(f.data.Test)
	b := f.model.NewBatch()
	for _, e := range examples {
		f.add(b, tokens[e], e)
	}
	buf, err := f.be.Alloc(engine.F32, b.Rows()*f.FFN, engine.Activations)
	if err != nil {
		t.Fatal(err)
	}
	defer f.be.Free(buf)
	out := engine.Whole(buf, b.Rows(), f.FFN)
	taps := make([][]*engine.Tap, f.Layers)
	taps[l] = []*engine.Tap{{Kind: engine.TapCopy, Slot: make([]int32, b.Rows()), Slots: b.Rows(), Out: out}}
	for r := range b.Rows() {
		taps[l][0].Slot[r] = int32(r)
	}
	s := f.model.NewSession()
	defer s.Close()
	read := func(p *Perturbation) []float32 {
		if _, err := s.Forward(nil, b, roberta.Run{Taps: taps, Edits: p.edits(b), IDs: f.VerbalizerIDs}); err != nil {
			t.Fatal(err)
		}
		x := make([]float32, out.Len())
		f.be.Download(x, out)
		return x
	}
	p := &Perturbation{Kind: engine.EditGaussian, Mask: NewMask(f.Layers, f.FFN), Low: l, High: l + 1, Seed: seed}
	for i := range p.Mask.Bits {
		p.Mask.Bits[i] = true
	}
	for range f.Layers {
		v := make([]float32, f.FFN)
		for i := range v {
			v[i] = 1
		}
		p.Vector = append(p.Vector, v)
	}
	plain, noisy := read(nil), read(p)
	for r := range b.Rows() {
		row := make([]float64, f.FFN)
		for i := range row {
			row[i] = float64(noisy[r*f.FFN+i]) - float64(plain[r*f.FFN+i])
		}
		rows = append(rows, row)
	}
	return rows, slices.Clone(b.Off)
}

// sameNoise reports whether two noise vectors are one, but for the rounding of the activations that they were added to.
func sameNoise(a, b []float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-5 {
			return false
		}
	}
	return true
}

// Gaussian noise is one vector for each example and layer: the same at all of the example's rows and in any batch, another one for another
// example, layer or seed, and standard normal.
func TestNoiseIsOneVectorAnExample(t *testing.T) {
	f := tinyFixture(t)
	var distinct [][]float64
	for l := range f.Layers {
		rows, off := noise(t, f, l, 1, 0, 1, 2, 3)
		var own [][]float64
		for s := range 4 {
			lo, hi := off[s], off[s+1]
			if hi-lo < int32(f.PromptSize)+2 {
				t.Fatalf("example %d has %d rows", s, hi-lo)
			}
			for r := lo + 1; r < hi; r++ {
				if !sameNoise(rows[r], rows[lo]) {
					t.Fatalf("layer %d, example %d: row %d gets other noise than its first row", l, s, r-lo)
				}
			}
			own = append(own, rows[lo])
		}
		alone, _ := noise(t, f, l, 1, 2)
		back, backOff := noise(t, f, l, 1, 3, 2, 0)
		if !sameNoise(alone[0], own[2]) || !sameNoise(back[backOff[1]], own[2]) || !sameNoise(back[backOff[2]], own[0]) {
			t.Errorf("layer %d: an example's noise depends on its batch", l)
		}
		seeded, _ := noise(t, f, l, 2, 0)
		distinct = append(append(distinct, own...), seeded[0])
	}
	var n, sum, squares float64
	for i, a := range distinct {
		for _, b := range distinct[:i] {
			if sameNoise(a, b) {
				t.Errorf("vector %d repeats an earlier one", i)
			}
		}
		for _, x := range a {
			n, sum, squares = n+1, sum+x, squares+x*x
		}
	}
	// 780 deviates: their mean lies within 5/√780 of 0, and their variance within 5·√(2/780) of 1.
	if mean, variance := sum/n, squares/n; math.Abs(mean) > 5/math.Sqrt(n) || math.Abs(variance-1) > 5*math.Sqrt(2/n) {
		t.Errorf("%g deviates have mean %g and variance %g", n, mean, variance)
	}
}

// Random neurons are as many a layer as the mask's, and each neuron of the layer, whether the mask marks it or not, is as likely as any other.
func TestRandomNeuronsComeFromAll(t *testing.T) {
	const L, F, draws = 3, 40, 4000
	m := NewMask(L, F)
	for i := range m.Bits {
		m.Bits[i] = i/F == 0 && i%F < 10 || i/F == 1 && i%F%2 == 0 // 10, 20 and none
	}
	hits := make([]int, L*F)
	differ := false
	first := RandomMask(m, 7, 0)
	for d := range draws {
		r := RandomMask(m, 7, d)
		for l := range L {
			if got, want := len(r.Neurons(l)), len(m.Neurons(l)); got != want {
				t.Fatalf("draw %d marks %d neurons of layer %d, the mask %d", d, got, l, want)
			}
		}
		for i, on := range r.Bits {
			if on {
				hits[i]++
			}
		}
		differ = differ || !slices.Equal(r.Bits, first.Bits)
	}
	for i, h := range hits {
		p := float64(len(m.Neurons(i/F))) / F
		if math.Abs(float64(h)-draws*p) > 5*math.Sqrt(draws*p*(1-p)) {
			t.Errorf("neuron %d of layer %d, marked by the mask: %t, was drawn %d times of %d, expected %g", i%F, i/F, m.Bits[i], h, draws, draws*p)
		}
	}
	if !differ {
		t.Error("all draws are one")
	}
	if again := RandomMask(m, 7, 0); !slices.Equal(again.Bits, first.Bits) {
		t.Error("a draw does not repeat")
	}
	if other := RandomMask(m, 8, 0); slices.Equal(other.Bits, first.Bits) {
		t.Error("another seed draws the same")
	}
	all := NewMask(1, F)
	for i := range all.Bits {
		all.Bits[i] = true
	}
	if got := RandomMask(all, 7, 0); got.Count() != F {
		t.Errorf("%d random neurons of %d", got.Count(), F)
	}
}

// Without --alpha, noise has a deviation of 0.1 at every neuron; with --deviations it is that times the neuron's own value.
func TestAlpha(t *testing.T) {
	f := tinyFixture(t)
	path := filepath.Join(f.SaveTo, "deviations")
	own := make([]float32, f.Layers*f.FFN)
	for i := range own {
		own[i] = float32(i)
	}
	if err := npy.Write(path, []int{f.Layers, f.FFN}, own); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		alpha      *float64
		deviations string
		want       func(i int) float32
	}{
		{nil, "", func(int) float32 { return 0.1 }},
		{Ptr(0.25), "", func(int) float32 { return 0.25 }},
		{nil, path, func(i int) float32 { return float32(i) * 0.1 }},
		{Ptr(2.0), path, func(i int) float32 { return float32(i) * 2 }},
	} {
		cfg := PerturbConfig{Common: Common{SaveTo: f.SaveTo}, Masks: []string{"any"}, Alpha: c.alpha, Deviations: c.deviations}
		if err := cfg.check(); err != nil {
			t.Fatal(err)
		}
		p, err := cfg.base(f.workspace)
		if err != nil {
			t.Fatal(err)
		}
		if p.Kind != engine.EditGaussian || p.Low != 0 || p.High != f.Layers || p.Seed != 1 || len(p.Vector) != f.Layers {
			t.Errorf("the default is %+v", p)
		}
		for i := range own {
			if got, want := p.Vector[i/f.FFN][i%f.FFN], c.want(i); got != want {
				t.Fatalf("neuron %d gets noise of deviation %v, want %v", i, got, want)
			}
		}
	}
}

// Perturb with Cmp scores the random masks, one a draw, under the very noise of the mask itself.
func TestPerturbComparesWithRandomNeurons(t *testing.T) {
	f := tinyFixture(t)
	m := NewMask(f.Layers, f.FFN)
	for i := range m.Bits {
		m.Bits[i] = i%f.FFN < 20
	}
	data := t.TempDir()
	for _, s := range f.data.Splits() {
		writeTSV(t, filepath.Join(data, s.Name+".tsv"), s)
	}
	path := filepath.Join(f.SaveTo, "mask.npy")
	if err := npy.Write(path, []int{m.L, m.F}, m.Bits); err != nil {
		t.Fatal(err)
	}
	r, err := Perturb(context.Background(), PerturbConfig{
		Common: Common{Model: f.model, Tuned: f.tuned, DataPath: data, SaveTo: f.SaveTo, Seed: Ptr[uint64](5)},
		Masks:  []string{path}, Cmp: true, Draws: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	vector := make([]float32, f.FFN)
	for i := range vector {
		vector[i] = 0.1
	}
	q := quietly(f.newPass(f.data.Test))
	defer q.close()
	want := func(m Mask) [][]float32 {
		p := &Perturbation{Kind: engine.EditGaussian, Mask: m, High: f.Layers, Seed: 5}
		for range f.Layers {
			p.Vector = append(p.Vector, vector)
		}
		x, err := q.predict(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		return x.Logits
	}
	equal := func(a, b [][]float32) bool { return slices.EqualFunc(a, b, slices.Equal[[]float32]) }
	one := r.Masks[0]
	if !equal(one.Predictions.Logits, want(m)) {
		t.Error("the mask's logits are not those of noise of deviation 0.1 on its neurons")
	}
	for d, p := range one.CmpPredictions {
		if !equal(p.Logits, want(RandomMask(m, 5, d))) {
			t.Errorf("the logits of draw %d are not those of noise on its random neurons", d)
		}
	}
	if len(one.Cmp) != 3 || one.Neurons != m.Count() {
		t.Errorf("%d draws of %d neurons", len(one.Cmp), one.Neurons)
	}
}

// writeTSV writes a split as SST-2's files are laid out.
func writeTSV(t *testing.T, path string, s dataset.Split) {
	t.Helper()
	text := "sentence\tlabel\n"
	for _, e := range s.Examples {
		text += fmt.Sprintf("%s\t%d\n", e.Text, e.Label)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
