package roberta_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// Classes of several words: each one's logit is the logsumexp, here in float64, of Hugging Face's logits of its words at the <mask> of a written prompt.
func TestGoldenJoined(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		g := golden.Open(t, f.Name, "forward")
		vocabulary, stored := g.Ints("vocabulary_index"), g.Floats("mask_logits")
		k := len(vocabulary)
		at := [][]int{{3, 17, k - 1}, {5}, {8, 9}}
		byClass := make([][]int32, len(at))
		for c, places := range at {
			for _, i := range places {
				byClass[c] = append(byClass[c], vocabulary[i])
			}
		}
		m := f.load(t)
		b := m.NewBatch()
		for i, x := range f.Masked {
			b.AddWritten(x.IDs, []int32{0, int32(x.Position)}, 1, i)
		}
		ids, join := roberta.Joined(byClass)
		s := m.NewSession()
		defer s.Close()
		got, err := s.Forward(nil, b, roberta.Run{Read: b.At, IDs: ids, Join: join})
		if err != nil {
			t.Fatal(err)
		}
		limit := max(2e-5, 2*g.Distance("mask_logits"))
		for i := range f.Masked {
			for c, places := range at {
				var sum float64
				for _, p := range places {
					sum += math.Exp(float64(stored[i*k+p]))
				}
				if want, x := math.Log(sum), float64(got[i*len(at)+c]); !(math.Abs(x-want) <= limit) {
					t.Errorf("sentence %d, class %d: logit %v, want %v", i, c, x, want)
				}
			}
		}
	})
}

// The gradient of the loss over joined classes, read at a written prompt's <mask>, is the slope of the loss along any direction.
func TestJoinedGradient(t *testing.T) {
	eachModel(t, func(t *testing.T, f fixture) {
		m := f.load(t)
		params, err := m.Tune(roberta.Bias, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := autograd.NewAdam(f.be, autograd.DefaultHyper, roberta.Values(params))
		if err != nil {
			t.Fatal(err)
		}
		b := m.NewBatch()
		var labels []int32
		for i, x := range f.Masked[:6] {
			b.AddWritten(x.IDs, []int32{int32(x.Position)}, 0, i)
			labels = append(labels, int32(i%2))
		}
		ids, join := roberta.Joined([][]int32{{5, 40, 41}, {7, 60}})
		s := m.NewTrainingSession()
		defer s.Close()
		loss := func() float64 {
			x, err := s.Loss(b, roberta.Run{IDs: ids, Join: join}, labels)
			if err != nil {
				t.Fatal(err)
			}
			return float64(x)
		}
		a.ZeroGrad()
		loss()
		rng := rand.New(rand.NewPCG(5, 6))
		was, gradient := make([][]float32, len(params)), make([][]float32, len(params))
		for i, p := range params {
			was[i], gradient[i] = p.Floats(f.be), make([]float32, p.Grad().Len())
			f.be.Download(gradient[i], p.Grad())
		}
		var slope, norm float64
		step := make([][]float32, len(params))
		for i := range params { // mostly along the gradient, so that the slope is no sum of noise
			for _, g := range gradient[i] {
				d := float64(g) * (0.5 + rng.Float64())
				step[i] = append(step[i], float32(d))
				slope += d * float64(g)
				norm += d * d
			}
		}
		h := 2e-3 / math.Sqrt(norm)
		move := func(h float64) float64 {
			for i, p := range params {
				x := make([]float32, len(was[i]))
				for k := range x {
					x[k] = was[i][k] + float32(h)*step[i][k]
				}
				f.be.Upload(p.Tensor(), x)
			}
			return loss()
		}
		if got := (move(h) - move(-h)) / (2 * h); !(math.Abs(got-slope) <= 2e-3*math.Abs(slope)) {
			t.Errorf("slope %v, the gradient says %v", got, slope)
		}
	})
}

// One word a class is written as before there could be several.
func TestByClassJSON(t *testing.T) {
	for text, want := range map[string]roberta.ByClass[string]{
		`["bad","good"]`:                   {{"bad"}, {"good"}},
		`[["bad","dull"],"good"]`:          {{"bad", "dull"}, {"good"}},
		`["",["a","b","c"],["d","e"],"f"]`: {{""}, {"a", "b", "c"}, {"d", "e"}, {"f"}},
	} {
		var got roberta.ByClass[string]
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		if back, err := json.Marshal(want); err != nil || string(back) != text {
			t.Errorf("%v: %s, %v", want, back, err)
		}
	}
	var ids roberta.ByClass[int32]
	for _, bad := range []string{`["a"]`, `[[1,"a"]]`, `{}`, `[1.5]`} {
		if err := json.Unmarshal([]byte(bad), &ids); err == nil {
			t.Errorf("%s was read as %v", bad, ids)
		}
	}
}
