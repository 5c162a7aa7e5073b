package enginetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/half"
)

// round is x as type d stores it.
func round(d engine.DType, x float32) float32 {
	switch d {
	case engine.F16:
		return half.FromF16(half.ToF16(x))
	case engine.BF16:
		return half.FromBF16(half.ToBF16(x))
	}
	return x
}

func roundAll(d engine.DType, x []float32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = round(d, v)
	}
	return y
}

var floatTypes = []engine.DType{engine.F32, engine.F16, engine.BF16}

// stored uploads x into a buffer of type d, shift elements from its start.
func stored(t *testing.T, be engine.Backend, d engine.DType, use engine.Use, rows, cols, shift int, x []float32) engine.Tensor {
	b, err := be.Alloc(d, shift+rows*cols+1, use)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { be.Free(b) })
	y := engine.Tensor{Buf: b, Off: shift, Rows: rows, Cols: cols}
	if x != nil {
		be.Upload(y, x)
	}
	return y
}

func testMemory(t *testing.T, be engine.Backend) {
	r := stream(40)
	for _, d := range append(floatTypes, engine.I64) {
		b, err := be.Alloc(d, 7, engine.Activations)
		if err != nil {
			t.Fatalf("alloc of %v: %v", d, err)
		}
		if b.Len() != 7 || b.DType() != d {
			t.Errorf("alloc of 7 %v gave %d %v", d, b.Len(), b.DType())
		}
		be.Free(b)
	}
	for _, size := range []int{-1, math.MaxInt} {
		if b, err := be.Alloc(engine.F32, size, engine.Activations); err == nil {
			t.Errorf("alloc of %d elements gave %d", size, b.Len())
		}
	}
	if _, err := be.Alloc(engine.DType(99), 1, engine.Activations); err == nil {
		t.Error("alloc of an unknown type gave a buffer")
	}

	for _, n := range []int{0, 1, 3, 16, 61, 40000} {
		x := floats(r, n, 3)
		for i := 0; i < n; i += 7 {
			x[i] = []float32{0, float32(math.Inf(1)), float32(math.Copysign(0, -1)), 1e-6, 70000, float32(math.NaN())}[i/7%6]
		}
		for _, from := range floatTypes {
			src := stored(t, be, from, engine.Activations, 1, n, 3, x)
			sameBits(t, fmt.Sprintf("upload of %d to %v", n, from), download(be, src), roundAll(from, x))
			for _, to := range floatTypes {
				dst := stored(t, be, to, engine.Weights, 1, n, 1, make([]float32, n))
				be.Copy(dst, src)
				sameBits(t, fmt.Sprintf("copy of %d %v to %v", n, from, to), download(be, dst), roundAll(to, roundAll(from, x)))
			}
		}
	}
	for _, d := range floatTypes {
		whole := stored(t, be, d, engine.Weights, 3, 5, 2, floats(r, 15, 1))
		before := download(be, whole)
		be.Fill(whole.Slice(1, 2), 0.1)
		be.Zero(whole.Slice(2, 3))
		want := append(append(before[:5:5], roundAll(d, []float32{0.1, 0.1, 0.1, 0.1, 0.1})...), 0, 0, 0, 0, 0)
		sameBits(t, "fill and zero of rows", download(be, whole), want)
	}
	testInts(t, be)
	if err := be.Sync(); err != nil {
		t.Errorf("sync: %v", err)
	}
	if be.Name() == "" {
		t.Error("no name")
	}
}

func testInts(t *testing.T, be engine.Backend) {
	b, err := be.Alloc(engine.I64, 6, engine.Activations)
	if err != nil {
		t.Fatal(err)
	}
	defer be.Free(b)
	x := engine.Tensor{Buf: b, Off: 1, Rows: 1, Cols: 4}
	be.Zero(x)
	got := []int64{1, 2, 3, 4}
	be.DownloadInts(got, x)
	for _, v := range got {
		if v != 0 {
			t.Fatalf("zeroed integers are %v", got)
		}
	}
}

// testHalfWeights wants of weights stored in 16 bits exactly what their values in float32 give.
func testHalfWeights(t *testing.T, be engine.Backend) {
	r := stream(41)
	m, k, n := 9, 37, 53
	x, w, bias, dy := floats(r, m*k, 1), floats(r, n*k, 1), floats(r, n, 1), floats(r, m*n, 1)
	ids, pos := indices(r, m, n), indices(r, m, n)
	rows := indices(r, 12, n)
	result := func(d engine.DType, use engine.Use, w, bias []float32) []float32 {
		put := func(d engine.DType, rows, cols int, x []float32) engine.Tensor {
			return stored(t, be, d, use, rows, cols, 5, x)
		}
		wt, bt, xt, dt := put(d, n, k, w), put(d, 1, n, bias), put(engine.F32, m, k, x), put(engine.F32, m, n, dy)
		var all []float32
		y := put(engine.F32, m, n, nil)
		be.Linear(y, xt, wt, bt, engine.Tensor{})
		all = append(all, download(be, y)...)
		be.FFNUp(y, engine.Tensor{}, xt, wt, bt, nil, nil)
		all = append(all, download(be, y)...)
		dx := put(engine.F32, m, k, make([]float32, m*k))
		be.LinearGradX(dx, dt, wt)
		all = append(all, download(be, dx)...)
		e := put(engine.F32, m, k, nil)
		be.Embed(e, wt, wt, wt, wt, ids, pos)
		all = append(all, download(be, e)...)
		g := put(engine.F32, len(rows), k, nil)
		be.Gather(g, wt, rows)
		all = append(all, download(be, g)...)
		ln := put(engine.F32, m, n, nil)
		be.LayerNorm(ln, dt, bt, bt, 1e-5)
		return append(all, download(be, ln)...)
	}
	for _, d := range []engine.DType{engine.F16, engine.BF16} {
		for _, use := range []engine.Use{engine.Weights, engine.Activations} {
			sameBits(t, fmt.Sprintf("results with %v weights, use %d", d, use), result(d, use, w, bias), result(engine.F32, use, roundAll(d, w), roundAll(d, bias)))
		}
	}
}
