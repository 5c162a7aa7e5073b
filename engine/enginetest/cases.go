package enginetest

import (
	"fmt"
	"sync"

	"github.com/skillneuron/skillneuron/engine"
)

// opCase is one application of an op.
type opCase struct {
	name string
	in   []*engine.Mat // nil: absent
	attr engine.Attr
	long bool // left out with -short
}

// generators make the cases of each op.
var generators = map[string]func() []opCase{
	"embed": embedCases, "layer_norm": layerNormCases, "linear": linearCases, "ffn_up": ffnCases, "gelu": geluCases, "relu": reluCases,
	"add": addCases, "dropout": dropoutCases, "attention": attentionCases, "gather": gatherCases, "join": joinCases, "cross_entropy": crossEntropyCases,
}

// inPlace lists the inputs that may be the destination.
var inPlace = map[string][]int{"layer_norm": {0}, "linear": {3}, "gelu": {0}, "relu": {0}, "add": {0, 1}}

// extents are rows and columns of elementwise ops, around the widths of vectors and the blocks of kernels.
var extents = [][2]int{{0, 3}, {3, 0}, {1, 1}, {1, 7}, {1, 15}, {1, 16}, {1, 17}, {2, 31}, {3, 33}, {5, 61}, {37, 61}, {129, 33}, {65, 1029}}

func pointwise(seed uint64, f func(name string, rows, cols int, c *opCase)) (cases []opCase) {
	for _, e := range extents {
		c := opCase{name: fmt.Sprintf("%dx%d", e[0], e[1]), long: e[0]*e[1] > 1<<14}
		f(c.name, e[0], e[1], &c)
		cases = append(cases, c)
	}
	return cases
}

func geluCases() []opCase {
	r := stream(1)
	cases := pointwise(1, func(_ string, rows, cols int, c *opCase) { c.in = []*engine.Mat{normal(r, rows, cols, 2)} })
	special := engine.NewMat(1, 9)
	copy(special.V, []float64{0, 0x1p-126, -0x1p-126, 1e-20, -1e-20, 20, -20, 5, -5})
	for i, v := range special.V {
		special.V[i] = float64(float32(v))
	}
	return append(cases, opCase{name: "special", in: []*engine.Mat{special}})
}

func reluCases() []opCase {
	r := stream(2)
	return pointwise(2, func(_ string, rows, cols int, c *opCase) {
		x := normal(r, rows, cols, 1)
		for i, v := range x.V {
			if -1e-3 < v && v < 1e-3 {
				x.V[i] = 0.5 // central differences mean nothing across the kink
			}
		}
		c.in = []*engine.Mat{x}
	})
}

func addCases() []opCase {
	r := stream(3)
	return pointwise(3, func(_ string, rows, cols int, c *opCase) {
		c.in = []*engine.Mat{normal(r, rows, cols, 1), normal(r, rows, cols, 1)}
	})
}

func dropoutCases() (cases []opCase) {
	r := stream(4)
	for _, p := range []float32{0, 0.1, 0.5} {
		for _, cols := range []int{0, 1, 17, 61} {
			for i, lengths := range [][]int{{}, {1}, {1, 3, 0, 5}, {40, 1, 13}} {
				off := offsets(lengths...)
				c := opCase{name: fmt.Sprintf("p%g/%dsentences%d", p, cols, i), in: []*engine.Mat{normal(r, int(off[len(off)-1]), cols, 1)}}
				c.attr.Drop = engine.Dropout{P: p, Seed: 5, Step: 6, Layer: i - 1, Site: engine.SiteFFNOutput, Off: off, Example: numbers(len(lengths))}
				cases = append(cases, c)
			}
		}
	}
	return cases
}

func layerNormCases() (cases []opCase) {
	r := stream(5)
	for _, e := range [][2]int{{0, 4}, {1, 1}, {2, 2}, {3, 15}, {5, 16}, {7, 17}, {2, 30}, {33, 61}, {3, 384}, {2, 1536}, {70, 129}} {
		gamma := normal(r, 1, e[1], 0.3)
		for i := range gamma.V {
			gamma.V[i] = float64(float32(1 + gamma.V[i]))
		}
		c := opCase{name: fmt.Sprintf("%dx%d", e[0], e[1]), in: []*engine.Mat{normal(r, e[0], e[1], 1), gamma, normal(r, 1, e[1], 0.3)}, long: e[0] == 70}
		c.attr.Eps = 1e-5
		cases = append(cases, c)
	}
	return cases
}

func embedCases() (cases []opCase) {
	r := stream(6)
	for _, rows := range []int{0, 1, 9, 70} {
		for _, h := range []int{1, 16, 61} {
			for _, prompt := range []int{0, 5} {
				c := opCase{name: fmt.Sprintf("%dx%dprompt%d", rows, h, prompt)}
				c.in = []*engine.Mat{normal(r, 11, h, 1), normal(r, 30, h, 1), normal(r, 2, h, 1), nil}
				c.attr.IDs, c.attr.PosIDs = indices(r, rows, 11), indices(r, rows, 30)
				if prompt > 0 {
					c.in[3] = normal(r, prompt, h, 1)
					for i := range min(rows, 2*prompt) {
						c.attr.IDs[i] = int32(-1 - i%prompt)
					}
				}
				cases = append(cases, c)
			}
		}
	}
	return cases
}

func gatherCases() (cases []opCase) {
	r := stream(7)
	for _, e := range [][3]int{{3, 4, 0}, {1, 1, 1}, {9, 17, 4}, {5, 61, 40}, {64, 33, 64}} {
		c := opCase{name: fmt.Sprintf("%drows%dx%d", e[2], e[0], e[1]), in: []*engine.Mat{normal(r, e[0], e[1], 1)}}
		c.attr.Rows = indices(r, e[2], e[0])
		cases = append(cases, c)
	}
	return cases
}

func crossEntropyCases() (cases []opCase) {
	r := stream(8)
	for _, e := range [][2]int{{1, 1}, {1, 2}, {7, 2}, {3, 61}, {33, 5}} {
		c := opCase{name: fmt.Sprintf("%dx%d", e[0], e[1]), in: []*engine.Mat{normal(r, e[0], e[1], 2)}}
		c.attr.Labels = indices(r, e[0], e[1])
		cases = append(cases, c)
	}
	return cases
}

func joinCases() (cases []opCase) {
	r := stream(9)
	for i, e := range []struct {
		rows int
		off  []int32
	}{{0, []int32{0, 1}}, {1, []int32{0, 1}}, {1, []int32{0, 3}}, {3, []int32{0, 1, 2}}, {7, []int32{0, 2, 3}}, {5, []int32{0, 1, 5, 7, 61}}, {33, []int32{0, 17, 18}}} {
		c := opCase{name: fmt.Sprintf("%dx%v", e.rows, e.off), in: []*engine.Mat{normal(r, e.rows, int(e.off[len(e.off)-1]), 1+4*float64(i%2))}}
		c.attr.Off = e.off
		cases = append(cases, c)
	}
	return cases
}

// prepared is a case with what its references say, computed once for all backends of a test binary.
type prepared struct {
	opCase
	op    *engine.Op
	want  []float64
	dy    *engine.Mat
	grads [][]partial // by input
}

var prepare = sync.OnceValue(func() map[string][]*prepared {
	all := map[string][]*prepared{}
	for _, op := range engine.Ops {
		make, ok := generators[op.Name]
		if !ok || op.Reference == nil || op.Backward == nil {
			continue
		}
		for i, c := range make() {
			p := &prepared{opCase: c, op: op}
			want := op.Reference(c.in, &p.attr)
			p.want, p.dy = want.V, normal(stream(uint64(100+i)), want.Rows, want.Cols, 1)
			all[op.Name] = append(all[op.Name], p)
		}
	}
	return all
})
