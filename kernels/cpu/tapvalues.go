package cpu

import (
	"fmt"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// tapValues is rows of columns [lo, lo+n) that a tap takes in: of activations, or pooled.
type tapValues struct {
	x     []float32 // from column lo on
	ld    int
	rows  []int32 // of x
	at    []int32 // the rows of the batch that they are, for messages
	lo, n int
}

func (v *tapValues) row(i int32) []float32 { return v.x[int(i)*v.ld:][:v.n] }

// sum adds every row to accumulator row slot. The kernel adds what is below 2¹⁵, many rows at once; where anything is not, one number after the other is
// looked at, and what cannot be added is noted and left out.
func (r *tapRun) sum(v tapValues, slot int, s *scratch) {
	acc := r.acc[slot*r.f+v.lo:][:v.n]
	sums := s.ints(v.n)
	for first := 0; first < len(v.rows); first += simd.FixedRows {
		last := min(first+simd.FixedRows, len(v.rows))
		rows := v.rows[first:last]
		if r.k.FixedSums(sums, v.x, rows, v.ld) && addAll(acc, sums) {
			continue
		}
		for i, row := range rows {
			r.addFixed(acc, v.row(row), v.at[first+i], v.lo)
		}
	}
}

// count counts every row in accumulator row slot: where its label is 0, flip is -1 and what is not above the threshold counts.
func (r *tapRun) count(v tapValues, slot int, flip []int32, s *scratch) {
	acc, thr := r.acc[slot*r.f+v.lo:][:v.n], r.thr[slot*r.f+v.lo:][:v.n]
	counts := s.ints(v.n)
	if !r.k.CountAbove(counts, v.x, v.rows, v.ld, thr, flip) {
		for i, row := range v.rows {
			r.finite(v.row(row), v.at[i], v.lo)
		}
	}
	addAll(acc, counts)
}

func (r *tapRun) copy(x []float32, at int32, slot, lo int) {
	if r.single {
		r.out[slot] = x[0]
	} else {
		copy(r.out[slot*r.f+lo:], x)
	}
	r.finite(x, at, lo)
}

// pool makes one row of v's.
func (r *tapRun) pool(dst []float32, v tapValues, s *scratch) {
	if r.Pool == engine.PoolMax {
		if r.k.MaxRows(dst, v.x, v.rows, v.ld) {
			return
		}
		for i, row := range v.rows {
			for c, x := range v.row(row) {
				if i == 0 || x > dst[c] || x != x {
					dst[c] = x
				}
			}
		}
		return
	}
	sums := s.ints(v.n)
	if len(v.rows) > simd.FixedRows || !r.k.FixedSums(sums, v.x, v.rows, v.ld) {
		clear(sums)
		for i, row := range v.rows {
			r.addFixed(sums, v.row(row), v.at[i], v.lo)
		}
	}
	n := int64(len(v.rows))
	for c, sum := range sums {
		dst[c] = engine.FixedMean(sum, n)
	}
}

// addAll is acc += x; false, and acc as it was, where a sum leaves int64.
func addAll(acc, x []int64) bool {
	x = x[:len(acc)]
	var wrapped int64
	for c, y := range x {
		sum := acc[c] + y
		// the sum of two numbers of one sign has another sign: it wrapped around
		wrapped |= (acc[c] ^ sum) & (y ^ sum)
		acc[c] = sum
	}
	if wrapped >= 0 {
		return true
	}
	for c, y := range x {
		acc[c] -= y
	}
	return false
}

// addFixed is acc += fixed point of x; what cannot be added is noted and leaves acc as it was.
func (r *tapRun) addFixed(acc []int64, x []float32, row int32, lo int) {
	acc = acc[:len(x)]
	for c, x := range x {
		y, ok := engine.Fixed(x)
		if !ok {
			r.note(row, lo+c, fmt.Sprintf("neuron %d is %v at row %d", lo+c, x, row))
			continue
		}
		sum := acc[c] + y
		if (acc[c]^sum)&(y^sum) < 0 {
			r.note(row, lo+c, fmt.Sprintf("the sum of neuron %d overflows at row %d", lo+c, row))
			continue
		}
		acc[c] = sum
	}
}

func (r *tapRun) finite(x []float32, row int32, lo int) {
	for c, x := range x {
		if !(x-x == 0) {
			r.note(row, lo+c, fmt.Sprintf("neuron %d is %v at row %d", lo+c, x, row))
		}
	}
}

// note keeps the first fault in the order of elements, whichever worker met it first.
func (r *tapRun) note(row int32, neuron int, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := int(row)*r.f + neuron; r.bad == "" || at < r.badAt {
		r.bad, r.badAt = what, at
	}
}
