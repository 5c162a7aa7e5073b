package enginetest

import "math"

// partial is the derivative of Σ dy·y by one element of an input, by central differences of the reference.
type partial struct {
	at   int
	want float64
}

// differences fills p.grads: every element of small inputs, some of large ones.
func (p *prepared) differences() {
	if p.grads != nil {
		return
	}
	const budget = 1 << 21 // output elements times inner size
	cost := len(p.want) + 1
	for _, x := range p.in {
		if x != nil {
			cost += len(x.V)
		}
	}
	if p.op.Name == "linear" || p.op.Name == "ffn_up" {
		cost = len(p.want)*p.in[0].Cols + 1
	}
	if p.op.Name == "attention" {
		cost *= 40
	}
	r := stream(uint64(len(p.name)) + 77)
	p.grads = make([][]partial, len(p.in))
	for i, x := range p.in {
		if x == nil || len(x.V) == 0 {
			continue
		}
		at := r.Perm(len(x.V))
		for _, k := range at[:min(len(at), max(6, budget/cost/len(p.in)))] {
			p.grads[i] = append(p.grads[i], partial{k, p.difference(i, k)})
		}
	}
}

// difference moves one element by ±h, with h a power of two times its size, so that the move is exact.
func (p *prepared) difference(input, k int) float64 {
	x := p.in[input].V
	was := x[k]
	h := 0x1p-17 * math.Exp2(math.Ceil(math.Log2(max(1, math.Abs(was)))))
	defer func() { x[k] = was }()
	x[k] = was + h
	up := p.op.Reference(p.in, &p.attr)
	x[k] = was - h
	down := p.op.Reference(p.in, &p.attr)
	var sum float64
	for i, dy := range p.dy.V {
		sum += dy * (up.V[i] - down.V[i])
	}
	return sum / (2 * h)
}
