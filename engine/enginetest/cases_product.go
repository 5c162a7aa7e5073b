package enginetest

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
)

// products are rows, inner size and columns of matrix products, around the tiles, panels and blocks of K of kernels.
var products = []struct {
	m, k, n int
	long    bool
}{
	{0, 5, 7, false}, {2, 0, 3, false}, {1, 1, 1, false}, {1, 7, 33, false}, {3, 16, 2, false}, {13, 17, 31, false}, {15, 16, 17, false},
	{24, 33, 48, false}, {25, 8, 65, false}, {7, 383, 5, false}, {5, 385, 47, false}, {49, 61, 30, false}, {2, 1537, 3, false},
	{97, 30, 129, true}, {200, 401, 97, true}, {400, 40, 100, true},
}

func linearCases() (cases []opCase) {
	r := stream(20)
	for i, p := range products {
		for options := range 4 {
			if options != i%4 && p.m*p.k*p.n > 1<<14 {
				continue
			}
			c := opCase{name: fmt.Sprintf("%dx%dx%d", p.m, p.k, p.n), in: []*engine.Mat{normal(r, p.m, p.k, 1), weight(r, p.n, p.k), nil, nil}, long: p.long}
			if options&1 != 0 {
				c.name += "+b"
				c.in[2] = normal(r, 1, p.n, 1)
			}
			if options&2 != 0 {
				c.name += "+res"
				c.in[3] = normal(r, p.m, p.n, 1)
			}
			cases = append(cases, c)
		}
	}
	return cases
}

func ffnCases() (cases []opCase) {
	r := stream(21)
	for i, p := range products {
		c := opCase{name: fmt.Sprintf("%dx%dx%d", p.m, p.k, p.n), in: []*engine.Mat{normal(r, p.m, p.k, 1), weight(r, p.n, p.k), normal(r, 1, p.n, 1)}, long: p.long}
		if i%4 > 0 {
			kind := engine.EditKind(i%4 - 1)
			c.name += fmt.Sprintf("edit%d", kind)
			c.attr.Edit = edit(kind, p.m, p.n, uint64(i))
		}
		cases = append(cases, c)
	}
	return cases
}

// edit is an edit of the kind on about a third of n neurons; every three rows are an example.
func edit(kind engine.EditKind, rows, n int, seed uint64) *engine.Edit {
	r := stream(seed)
	e := &engine.Edit{Kind: kind, Neurons: subset(r, n, 0.3), Vector: floats(r, n, 0.5), Seed: seed, Layer: 3}
	for i := range rows {
		e.Example = append(e.Example, int32(100+i/3))
	}
	return e
}

func attentionCases() (cases []opCase) {
	r := stream(22)
	for i, c := range []struct {
		q, k     []int
		heads, d int
		drop     float32
		long     bool
	}{
		{q: nil, k: nil, heads: 2, d: 3},
		{q: []int{1}, k: []int{1}, heads: 1, d: 1},
		{q: []int{1, 5, 17}, k: []int{1, 5, 17}, heads: 3, d: 5},
		{q: []int{1, 0, 4, 0}, k: []int{7, 3, 4, 0}, heads: 2, d: 16},
		{q: []int{3, 9}, k: []int{33, 9}, heads: 2, d: 20, drop: 0.3},
		{q: []int{2}, k: []int{16}, heads: 1, d: 64},
		{q: []int{2}, k: []int{15}, heads: 4, d: 17, drop: 0.1},
		{q: []int{2, 1}, k: []int{385, 2}, heads: 1, d: 7},
		{q: []int{97, 2}, k: []int{40, 2}, heads: 2, d: 8, drop: 0.2},
		{q: []int{100, 193, 1}, k: []int{100, 193, 30}, heads: 3, d: 32, long: true},
	} {
		qOff, kOff := offsets(c.q...), offsets(c.k...)
		h := c.heads * c.d
		x := opCase{name: fmt.Sprintf("case%d", i), long: c.long}
		x.in = []*engine.Mat{normal(r, int(qOff[len(c.q)]), h, 1), normal(r, int(kOff[len(c.k)]), 2*h, 1)}
		x.attr.Ragged = engine.Ragged{QOff: qOff, KVOff: kOff, Heads: c.heads}
		if c.drop > 0 {
			x.attr.Ragged.Drop = engine.Dropout{P: c.drop, Seed: 9, Step: 3, Layer: 2, Site: engine.SiteAttention, Off: qOff, Example: numbers(len(c.q))}
		}
		cases = append(cases, x)
	}
	return cases
}
