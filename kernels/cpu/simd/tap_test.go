package simd

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// tapSizes of columns go around the width of a vector, of two, and of a block.
var tapSizes = []int{0, 1, 7, 15, 16, 17, 31, 32, 33, 61, 64, 65, 96, 113, 192}

// tapCase is rows of numbers, some of which are read, in any order and some twice.
type tapCase struct {
	x    []float32
	rows []int32
	n    int
	ld   int
}

func newTapCase(rng *rand.Rand, n, m int, size float64) tapCase {
	c := tapCase{n: n, ld: n + rng.IntN(5), rows: make([]int32, m)}
	const rows = 9
	c.x = make([]float32, rows*c.ld)
	for i := range c.x {
		c.x[i] = float32(rng.NormFloat64() * size * math.Exp2(float64(-rng.IntN(40))))
	}
	for i := range c.rows {
		c.rows[i] = int32(rng.IntN(rows))
	}
	return c
}

func (c *tapCase) at(row int32, col int) float32 { return c.x[int(row)*c.ld+col] }

func eachTapCase(t *testing.T, size float64, check func(t *testing.T, s *Set, c tapCase)) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(11, 12))
			for _, n := range tapSizes {
				for _, m := range []int{0, 1, 2, 3, 40} {
					check(t, s, newTapCase(rng, n, m, size))
				}
			}
		})
	}
}

// FixedSums against exact arithmetic.
func TestFixedSums(t *testing.T) {
	half := new(big.Rat).SetFrac64(1, 2)
	eachTapCase(t, 1000, func(t *testing.T, s *Set, c tapCase) {
		got := make([]int64, c.n)
		if !s.FixedSums(got, c.x, c.rows, c.ld) {
			t.Fatalf("[%d of %d] refused", len(c.rows), c.n)
		}
		for col, sum := range got {
			var want int64
			for _, r := range c.rows {
				x := new(big.Rat).SetFloat64(float64(c.at(r, col)))
				x.Mul(x, new(big.Rat).SetInt64(1<<32))
				// to nearest, ties to even: floor(x+1/2), less one where that is an odd tie
				y := new(big.Rat).Add(x, half)
				floor := new(big.Int).Div(y.Num(), y.Denom())
				if y.IsInt() && floor.Bit(0) == 1 {
					floor.Sub(floor, big.NewInt(1))
				}
				want += floor.Int64()
			}
			if sum != want {
				t.Fatalf("[%d of %d] column %d: %d, want %d", len(c.rows), c.n, col, sum, want)
			}
		}
	})
}

// The largest sum fits, and what is out of range is refused wherever it stands.
func TestFixedSumsRange(t *testing.T) {
	for _, s := range Sets() {
		most := math.Nextafter32(fixedLimit, 0)
		rows := make([]int32, FixedRows)
		for _, n := range []int{1, 16, 64} {
			for _, sign := range []float32{1, -1} {
				x := slices.Repeat([]float32{sign * most}, n)
				dst := make([]int64, n)
				if !s.FixedSums(dst, x, rows, n) {
					t.Fatalf("%s: %d columns of %v refused", s.Name, n, x[0])
				}
				want := int64(sign) * int64(float64(most)*(1<<32)) * FixedRows
				for i, v := range dst {
					if v != want {
						t.Fatalf("%s: column %d is %d, want %d", s.Name, i, v, want)
					}
				}
			}
		}
		for _, n := range tapSizes {
			for col := range n {
				for _, bad := range []float64{fixedLimit, -fixedLimit, math.Inf(1), math.Inf(-1), math.NaN()} {
					x := make([]float32, 2*n)
					x[n+col] = float32(bad)
					if s.FixedSums(make([]int64, n), x, []int32{0, 1, 0}, n) {
						t.Fatalf("%s: %v in column %d of %d passed", s.Name, bad, col, n)
					}
					if math.IsNaN(bad) || math.IsInf(bad, 0) {
						if s.MaxRows(make([]float32, n), x, []int32{0, 1, 0}, n) {
							t.Fatalf("%s: the maximum passed %v in column %d of %d", s.Name, bad, col, n)
						}
						if s.CountAbove(make([]int64, n), x, []int32{0, 1, 0}, n, make([]float32, n), make([]int32, 3)) {
							t.Fatalf("%s: the count passed %v in column %d of %d", s.Name, bad, col, n)
						}
					}
				}
			}
		}
	}
}

func TestCountAbove(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	eachTapCase(t, 1e30, func(t *testing.T, s *Set, c tapCase) {
		thr, flip := make([]float32, c.n), make([]int32, len(c.rows))
		for col := range thr {
			thr[col] = c.at(int32(rng.IntN(9)), col) // equal to a number that may be read
		}
		for i := range flip {
			flip[i] = -int32(rng.IntN(2))
		}
		got := make([]int64, c.n)
		if !s.CountAbove(got, c.x, c.rows, c.ld, thr, flip) {
			t.Fatalf("[%d of %d] not finite", len(c.rows), c.n)
		}
		for col, n := range got {
			var want int64
			for i, r := range c.rows {
				if above := c.at(r, col) > thr[col]; above && flip[i] == 0 || !above && flip[i] != 0 {
					want++
				}
			}
			if n != want {
				t.Fatalf("[%d of %d] column %d: %d, want %d", len(c.rows), c.n, col, n, want)
			}
		}
	})
}

func TestMaxRows(t *testing.T) {
	zero := float32(math.Copysign(0, -1))
	eachTapCase(t, 1e30, func(t *testing.T, s *Set, c tapCase) {
		for i := range c.x {
			if i%3 == 0 {
				c.x[i] = []float32{0, zero}[i%2] // zeros of both signs are equal: the first stays
			} else if i%5 > 0 {
				c.x[i] = -float32(math.Abs(float64(c.x[i])))
			}
		}
		got := make([]float32, c.n)
		if !s.MaxRows(got, c.x, c.rows, c.ld) {
			t.Fatalf("[%d of %d] not finite", len(c.rows), c.n)
		}
		for col, m := range got {
			want := float32(math.Inf(-1))
			for _, r := range c.rows {
				if x := c.at(r, col); x > want {
					want = x
				}
			}
			if math.Float32bits(m) != math.Float32bits(want) {
				t.Fatalf("[%d of %d] column %d: %v, want %v", len(c.rows), c.n, col, m, want)
			}
		}
	})
}

// What does not fit is told, before anything is read.
func TestTapShapes(t *testing.T) {
	s := sets[0]
	for name, call := range map[string]func(){
		"row beyond":   func() { s.FixedSums(make([]int64, 16), make([]float32, 32), []int32{2}, 16) },
		"negative row": func() { s.MaxRows(make([]float32, 16), make([]float32, 32), []int32{-1}, 16) },
		"thresholds":   func() { s.CountAbove(make([]int64, 16), make([]float32, 32), []int32{1}, 16, nil, []int32{0}) },
		"flips":        func() { s.CountAbove(make([]int64, 1), make([]float32, 32), []int32{1}, 16, []float32{1}, nil) },
		"too many":     func() { s.FixedSums(nil, nil, make([]int32, FixedRows+1), 16) },
	} {
		func() {
			defer func() {
				if e, ok := recover().(*ShapeError); !ok {
					t.Errorf("%s: recovered %v", name, e)
				}
			}()
			call()
		}()
	}
}

func BenchmarkTap(b *testing.B) {
	const rows, n, ld = 32, 192, 1536
	x, list, flip, thr := make([]float32, rows*ld), make([]int32, rows), make([]int32, rows), make([]float32, n)
	for i := range list {
		list[i] = int32(i)
	}
	for i := range x {
		x[i] = float32(i % 7)
	}
	ints, floats := make([]int64, n), make([]float32, n)
	for _, s := range Sets() {
		for op, f := range map[string]func(){
			"fixed_sums":  func() { s.FixedSums(ints, x, list, ld) },
			"count_above": func() { s.CountAbove(ints, x, list, ld, thr, flip) },
			"max_rows":    func() { s.MaxRows(floats, x, list, ld) },
		} {
			b.Run(fmt.Sprintf("op=%s/m=%d/n=%d/impl=%s", op, rows, n, s.Name), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(b.N)*rows*n/b.Elapsed().Seconds()/1e9, "Gelements/s")
			})
		}
	}
}
