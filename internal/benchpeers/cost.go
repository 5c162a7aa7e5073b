package main

import "github.com/skillneuron/skillneuron/roberta"

// cost is what a piece of work has to do at least: the roofline's two axes.
type cost struct {
	MultiplyAdds float64 `json:"multiply_adds"`
	Bytes        float64 `json:"bytes"` // weights once a batch, activations of every op read and written once
}

func (c *cost) add(o cost) {
	c.MultiplyAdds += o.MultiplyAdds
	c.Bytes += o.Bytes
}

// product is a [m, k] times [k, n] with the destination written once.
func product(m, n, k float64) cost {
	return cost{m * n * k, 4 * (m*k + k*n + m*n)}
}

// how says how much of a forward is wanted.
type how struct {
	rowsRead func(length int) int // of the last layer; nil: all
	stop     bool                 // after the last layer's activations
	ids      int                  // logits a row read
	widths   []int                // F by layer
}

// forwardCost is one batch of sentences with the given numbers of rows.
func forwardCost(c roberta.Config, lengths []int, w how) cost {
	var rows, read, pairs, readPairs float64
	for _, n := range lengths {
		r := n
		if w.rowsRead != nil {
			r = w.rowsRead(n)
		}
		rows, read = rows+float64(n), read+float64(r)
		pairs, readPairs = pairs+float64(n*n), readPairs+float64(r*n)
	}
	h := float64(c.HiddenSize)
	sum := cost{Bytes: 4 * rows * h * 2}
	for l := range c.NumHiddenLayers {
		m, p := rows, pairs
		last := l == c.NumHiddenLayers-1
		if last {
			m, p = read, readPairs
		}
		f := float64(c.IntermediateSize)
		if w.widths != nil {
			f = float64(w.widths[l])
		}
		sum.add(product(m, h, h))                        // queries
		sum.add(product(rows, 2*h, h))                   // keys and values
		sum.add(cost{2 * p * h, 4 * (2*rows*h + 2*m*h)}) // attention: its weights stay in the cache
		sum.add(product(m, h, h))                        // attention's output
		sum.add(cost{Bytes: 4 * (m*h + 2*m*h)})          // residual, layer norm
		sum.add(product(m, f, h))                        // up
		if last && w.stop {
			return sum
		}
		sum.add(product(m, h, f))               // down
		sum.add(cost{Bytes: 4 * (m*h + 2*m*h)}) // residual, layer norm
	}
	if w.ids > 0 {
		sum.add(product(read, h, h))
		sum.add(product(read, float64(w.ids), h))
	}
	return sum
}

// stepCost is a forward and the backward that a frozen backbone needs: gradients of activations, none of weights.
func stepCost(c roberta.Config, lengths []int) cost {
	sum := forwardCost(c, lengths, how{rowsRead: first, ids: 2})
	back := sum
	for _, n := range lengths { // attention has five products in its backward, two in its forward; the last layer has one query
		back.MultiplyAdds += 3 * float64(c.HiddenSize) * float64((c.NumHiddenLayers-1)*n*n+n)
	}
	back.Bytes *= 1.5 // gradients are read and written, and the forward's activations read again
	sum.add(back)
	return sum
}

func first(int) int { return 1 }
