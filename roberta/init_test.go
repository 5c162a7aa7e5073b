package roberta_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// normal checks that x looks like a sample of N(0, deviation): mean, deviation and kurtosis within 5 standard errors.
func normal(t *testing.T, name string, x []float32, deviation float64) {
	t.Helper()
	var mean, second, fourth float64
	n := float64(len(x))
	for _, v := range x {
		z := float64(v) / deviation
		mean, second, fourth = mean+z/n, second+z*z/n, fourth+z*z*z*z/n
	}
	if !(math.Abs(mean) <= 5/math.Sqrt(n)) || !(math.Abs(second-1) <= 5*math.Sqrt(2/n)) || !(math.Abs(fourth-3) <= 5*math.Sqrt(96/n)) {
		t.Errorf("%s: %g values over %g have moments %.4f, %.4f and %.4f; a normal distribution has 0, 1 and 3", name, n, deviation, mean, second, fourth)
	}
}

// A fresh prompt is N(0, 1)/30; a fresh adapter has weights of N(0, 0.02) and biases of 0.
func TestFreshParts(t *testing.T) {
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []roberta.Method{roberta.Prompt, roberta.Adapter} {
		m, err := roberta.Load(be, &roberta.Source{Name: "mini", FS: mini.FS()}, 0)
		if err != nil {
			t.Fatal(err)
		}
		params, err := m.Tune(method, 16, rand.New(rand.NewPCG(3, 4)))
		if err != nil {
			t.Fatal(err)
		}
		weights := 0
		for _, p := range params {
			x := p.Floats(be)
			switch {
			case method == roberta.Prompt:
				if len(params) != 1 || p.Shape[0] != 15 || p.Shape[1] != m.Config.HiddenSize {
					t.Errorf("%d parts, the first %s %v", len(params), p.Name, p.Shape)
				}
				normal(t, p.Name, x, 1.0/30)
			case strings.HasSuffix(p.Name, ".weight"):
				weights++
				normal(t, p.Name, x, 0.02)
			default:
				for _, v := range x {
					if v != 0 {
						t.Errorf("%s starts with %v", p.Name, v)
						break
					}
				}
			}
		}
		if method == roberta.Adapter && weights != 2*m.Layers() {
			t.Errorf("%d adapter weights in %d layers", weights, m.Layers())
		}
	}
}
