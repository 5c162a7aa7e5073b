// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/half"
	"github.com/skillneuron/skillneuron/kernels/cpu"
)

// roundTo is what a precision makes of a number.
var roundTo = map[string]func(float32) float32{
	TF32: func(x float32) float32 { return math.Float32frombits((math.Float32bits(x) + 0x1000) &^ 0x1fff) },
	BF16: func(x float32) float32 { return half.FromBF16(half.ToBF16(x)) },
}

// testTensorProducts wants of products on tensor cores what the processor computes in float32 of operands rounded to the precision: the products of two
// rounded numbers are exact, so that only the order of additions differs.
func testTensorProducts(t *testing.T, open func() device) {
	host, err := cpu.Open(cpu.Options{Threads: 1, Kernels: "go"})
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range tensorSets(open()) {
		be := set.on(open())
		if be.Precision() != set.precision {
			t.Errorf("precision %s is called %s", set.precision, be.Precision())
		}
		// Up to seven stages: the ring of wgmma.cu goes round more than twice.
		for _, s := range [][3]int{{1, 1, 1}, {3, 17, 5}, {33, 16, 32}, {64, 31, 129}, {130, 65, 40}, {131, 200, 7}, {2, 400, 3}} {
			testTensorProduct(t, be, host, set.String(), s[0], s[1], s[2], roundTo[set.precision])
		}
	}
}

// tensorSet is a precision and the kernels that multiply in it.
type tensorSet struct{ precision, kernels string }

// tensorSets are those that a device has.
func tensorSets(dev device) []tensorSet {
	sets := []tensorSet{{TF32, MMA}, {BF16, MMA}}
	if dev.hopper() {
		sets = append(sets, tensorSet{TF32, WGMMA}, tensorSet{BF16, WGMMA})
	}
	return sets
}

func (s tensorSet) String() string { return s.precision + "/" + s.kernels }

func (s tensorSet) on(dev device) *Backend {
	b := &Backend{dev: dev, tensor: "_" + s.precision}
	if err := b.choose(s.kernels); err != nil {
		panic(err)
	}
	return b
}

func testTensorProduct(t *testing.T, be, host engine.Backend, precision string, m, k, n int, round func(float32) float32) {
	what := fmt.Sprintf("%s product %d × %d → %d", precision, m, k, n)
	r := rand.New(rand.NewPCG(uint64(m), uint64(k)))
	numbers := func(n int, size float64) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(size * r.NormFloat64())
		}
		return x
	}
	x, w, bias, res := numbers(m*k, 1), numbers(n*k, 1/math.Sqrt(float64(k))), numbers(n, 1), numbers(m*n, 1)
	edit := &engine.Edit{Kind: engine.EditMean, Neurons: []int32{0}, Vector: bias}
	dy := numbers(m*n, 1/math.Sqrt(float64(n)))
	run := func(be engine.Backend, x, w, dy []float32) (y, a, pre, dx []float32) {
		put := func(use engine.Use, rows, cols int, x []float32) engine.Tensor {
			b, err := be.Alloc(engine.F32, rows*cols+3, use)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { be.Free(b) })
			be.Fill(engine.Whole(b, 1, b.Len()), float32(math.NaN()))
			y := engine.Tensor{Buf: b, Off: 1, Rows: rows, Cols: cols}
			if x != nil {
				be.Upload(y, x)
			}
			return y
		}
		get := func(x engine.Tensor) []float32 {
			around := make([]float32, x.Buf.Len())
			be.Download(around, engine.Whole(x.Buf, 1, x.Buf.Len()))
			for _, i := range []int{0, x.Len() + 1, x.Len() + 2} {
				if around[i] == around[i] {
					t.Errorf("%s wrote beside its destination", what)
				}
			}
			return around[1 : 1+x.Len()]
		}
		xt, wt, bt := put(engine.Activations, m, k, x), put(engine.Weights, n, k, w), put(engine.Weights, 1, n, bias)
		yt, at, pt := put(engine.Activations, m, n, nil), put(engine.Activations, m, n, nil), put(engine.Activations, m, n, nil)
		be.Linear(yt, xt, wt, bt, put(engine.Activations, m, n, res))
		be.FFNUp(at, pt, xt, wt, bt, edit, nil)
		dxt, dyt := put(engine.Activations, m, k, x), put(engine.Activations, m, n, dy)
		be.LinearGradX(dxt, dyt, wt)
		if m > 1 { // a row alone has the same bits
			alone := put(engine.Activations, 1, n, nil)
			be.FFNUp(alone, engine.Tensor{}, xt.Slice(m-1, m), wt, bt, edit, nil)
			all, one := get(at), get(alone)
			for i, v := range one {
				if v != all[(m-1)*n+i] {
					t.Fatalf("%s: alone, the last row's element %d is %v, in the batch %v", what, i, v, all[(m-1)*n+i])
				}
			}
			back := put(engine.Activations, 1, k, x[(m-1)*k:])
			be.LinearGradX(back, dyt.Slice(m-1, m), wt)
			all, one = get(dxt), get(back)
			for i, v := range one {
				if v != all[(m-1)*k+i] {
					t.Fatalf("%s backward: alone, the last row's element %d is %v, in the batch %v", what, i, v, all[(m-1)*k+i])
				}
			}
		}
		return get(yt), get(at), get(pt), get(dxt)
	}
	rounded := func(x []float32) []float32 {
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = round(v)
		}
		return y
	}
	y, a, pre, dx := run(be, x, w, dy)
	wantY, wantA, wantPre, _ := run(host, rounded(x), rounded(w), dy)
	_, _, _, wantX := run(host, x, rounded(w), rounded(dy))
	for name, v := range map[string][2][]float32{"linear": {y, wantY}, "ffn_up": {a, wantA}, "pre": {pre, wantPre}, "linear_grad_x": {dx, wantX}} {
		for i, want := range v[1] {
			if got := v[0][i]; !(math.Abs(float64(got)-float64(want)) <= 4e-6+1e-6*math.Abs(float64(want))) {
				t.Fatalf("%s: %s's element %d is %v, want %v", what, name, i, got, want)
			}
		}
	}
}
