package enginetest

import (
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// testRows checks what moves and sums rows and has no row in the op table.
func testRows(t *testing.T, be engine.Backend) {
	r := stream(50)
	for _, e := range [][2]int{{0, 3}, {1, 1}, {5, 17}, {33, 61}, {130, 40}} {
		p := newPlace(t, be)
		rows, n := e[0], e[1]
		x := normal(r, rows, n, 1)
		xt := p.put(x)

		cols := indices(r, 23, n)
		picked := engine.NewMat(rows, len(cols))
		for i := range rows {
			for j, c := range cols {
				picked.Row(i)[j] = x.Row(i)[c]
			}
		}
		y := p.fresh(rows, len(cols))
		be.GatherCols(y, xt, cols)
		sameBits(t, "gather_cols", download(be, y), narrow(picked.V))

		start := normal(r, 1, n, 1)
		sum := append([]float64(nil), start.V...)
		for i := range rows {
			for j, v := range x.Row(i) {
				sum[j] += v
			}
		}
		s := p.put(start)
		be.SumRows(s, xt)
		w := worst{tol: tolerances["sum_rows"].forward}
		w.check(t, "sum_rows", download(be, s), sum)

		const alpha = -0.75
		base := normal(r, rows, n, 1)
		want := make([]float64, len(base.V))
		for i, v := range base.V {
			want[i] = v + alpha*x.V[i]
		}
		a := p.put(base)
		be.Axpy(a, alpha, xt)
		w = worst{tol: tolerances["axpy"].forward}
		w.check(t, "axpy", download(be, a), want)

		p.intact("rows")
	}
	testReLUAtZero(t, be)
}

// testReLUAtZero: no gradient passes at 0, as in PyTorch; central differences cannot say.
func testReLUAtZero(t *testing.T, be engine.Backend) {
	p := newPlace(t, be)
	x, dy, dx := p.alloc(1, 19, 0), p.alloc(1, 19, 1), p.alloc(1, 19, 2)
	be.ReLUGrad(dx, x, dy)
	sameBits(t, "relu_grad at 0", download(be, dx), download(be, p.alloc(1, 19, 2)))
}
