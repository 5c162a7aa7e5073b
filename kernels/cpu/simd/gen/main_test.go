//go:build amd64

package main

import (
	"math"
	"os"
	"testing"
)

// TestGenerated fails when the committed files are not what the generator writes.
func TestGenerated(t *testing.T) {
	for name, text := range generated() {
		got, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != text {
			t.Errorf("%s is out of date: run go generate ./kernels/cpu/simd", name)
		}
	}
}

// TestFits bounds how far each polynomial, with its coefficients in float32, is from its function.
func TestFits(t *testing.T) {
	for _, f := range []struct {
		name           string
		g              func(float64) float64
		lo, hi, centre float64
		c              []float64
		most           float64
	}{
		{"normal tail", tailS, 1. / (tailShift + uMax), 1. / tailShift, tailCentre, tailFactor, 2e-8},
		{"erf", func(h float64) float64 { return 0.5 * math.Erf(math.Sqrt(h/2)) / math.Sqrt(h) }, 1e-6, smallU * smallU, 0, smallFactor, 4e-8},
		{"exp", math.Exp, -math.Ln2 / 2, math.Ln2 / 2, 0, append([]float64{1, 1}, expTail...), 1.2e-8},
	} {
		var worst float64
		for i := range 10_001 {
			x := f.lo + (f.hi-f.lo)*float64(i)/10_000
			var y float64
			for j := len(f.c) - 1; j >= 0; j-- {
				y = y*(x-f.centre) + f.c[j]
			}
			if e := math.Abs(y/f.g(x) - 1); !(e <= worst) {
				worst = e
			}
		}
		t.Logf("%s: %.2g", f.name, worst)
		if !(worst <= f.most) {
			t.Errorf("%s: relative error %.3g, more than %g", f.name, worst, f.most)
		}
	}
}
