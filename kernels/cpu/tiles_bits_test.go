package cpu_test

import (
	"math"
	"sync"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// linearOf is x·Wᵀ, so many rows at a time.
func linearOf(t testing.TB, b *cpu.Backend, w engine.Tensor, m, rows int, xs []float32) (got []float32) {
	t.Helper()
	k, n := w.Cols, w.Rows
	for i := 0; i < m; i += rows {
		r := min(rows, m-i)
		x, y := tensorOf(t, b, engine.F32, engine.Activations, r, k, xs[i*k:(i+r)*k]), tensorOf(t, b, engine.F32, engine.Activations, r, n, nil)
		b.Linear(y, x, w, engine.Tensor{}, engine.Tensor{})
		got = append(got, floatsOf(b, y)...)
	}
	return got
}

func mustBeSame(t testing.TB, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d of %d is %g, want %g", what, i, len(want), got[i], want[i])
		}
	}
}

// TestTilesSameBits: rows alone, few rows and many, on either side of the blocks of K and of whole steps, where few rows have a routine of their own, with a row that
// parts do not hold, on any number of threads.
func TestTilesSameBits(t *testing.T) {
	const m, n = 301, 193
	for _, k := range []int{simd.BFloat16KC + 61, 2 * simd.BFloat16KC} {
		xs, ws := drawn(1, m*k, false), drawn(2, n*k, false)
		xs[40*k+3] = 0x1p80
		for _, precision := range []string{cpu.Float32, cpu.BF16} {
			var want []float32
			for _, threads := range []int{1, 2, 5} {
				b := openAs(t, "auto", threads, precision)
				if precision == cpu.BF16 && b.Name() != "cpu/amx/bf16" {
					continue // slow, and one path
				}
				w := tensorOf(t, b, engine.F32, engine.Weights, n, k, ws)
				for _, rows := range []int{m, 1, 30, 33, 256, 257} {
					got := linearOf(t, b, w, m, rows, xs)
					if want == nil {
						want = got
					}
					mustBeSame(t, b.Name(), got, want)
				}
			}
		}
	}
}

// TestHeldSameBits: whether parts hold weights does not depend on how threads share them out, even where many rows have nothing but tiny numbers.
func TestHeldSameBits(t *testing.T) {
	const m, k, n = 5, 512, 512
	xs, ws := drawn(1, m*k, false), drawn(2, n*k, false)
	for i := range n / 2 * k {
		ws[i] *= 0x1p-30
	}
	for _, precision := range []string{cpu.Float32, cpu.BF16} {
		var want []float32
		for _, threads := range []int{1, 2, 4} {
			b := openAs(t, "auto", threads, precision)
			if precision == cpu.BF16 && b.Name() != "cpu/amx/bf16" {
				continue // slow
			}
			got := linearOf(t, b, tensorOf(t, b, engine.F32, engine.Weights, n, k, ws), m, m, xs)
			if want == nil {
				want = got
			}
			mustBeSame(t, b.Name(), got, want)
		}
	}
}

// TestHeldWeightsChange: weights that parts hold, then do not, then hold again, give what fresh ones give.
func TestHeldWeightsChange(t *testing.T) {
	const m, k, n = 9, 96, 128
	xs, ws := drawn(1, m*k, false), drawn(2, n*k, false)
	for _, precision := range []string{cpu.Float32, cpu.BF16} {
		for _, d := range []engine.DType{engine.F32, engine.BF16} {
			b := openAs(t, "auto", 2, precision)
			w := tensorOf(t, b, d, engine.Weights, n, k, ws)
			for _, v := range []float32{1, float32(math.NaN()), 0.5, 0x1p100, float32(math.Inf(1)), 0} {
				b.Upload(w.Slice(7, 8), append([]float32{v}, ws[7*k+1:8*k]...))
				got := linearOf(t, b, w, m, m, xs)
				fresh := tensorOf(t, b, d, engine.Weights, n, k, floatsOf(b, w))
				want := linearOf(t, b, fresh, m, m, xs)
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
						t.Fatalf("%s, %v: with a weight of %g, element %d is %g, with fresh weights %g", b.Name(), d, v, i, got[i], want[i])
					}
					if (want[i] != want[i]) != (v != v && i%n == 7) {
						t.Fatalf("%s, %v: with a weight of %g, element %d is %g", b.Name(), d, v, i, want[i])
					}
				}
			}
		}
	}
}

// TestTilesAtOnce: one backend and one matrix under many goroutines, the first of which pack it while the others wait; each gets what it gets alone.
func TestTilesAtOnce(t *testing.T) {
	const k, n = 96, 224
	xs, ws := drawn(1, 300*k, false), drawn(2, n*k, false)
	xs[2*k] = float32(math.Inf(1))
	for _, precision := range []string{cpu.Float32, cpu.BF16, cpu.Int8} {
		b := openAs(t, "auto", 3, precision)
		if precision == cpu.BF16 && b.Name() != "cpu/amx/bf16" {
			continue // slow
		}
		want := linearOf(t, b, tensorOf(t, b, engine.F32, engine.Weights, n, k, ws), 300, 300, xs)
		w := tensorOf(t, b, engine.F32, engine.Weights, n, k, ws)
		var wg sync.WaitGroup
		for _, rows := range []int{300, 40, 7, 300, 1, 33} {
			wg.Go(func() {
				for range 3 {
					got := linearOf(t, b, w, rows, rows, xs)
					for i := range got {
						if got[i] != want[i] && (got[i] == got[i] || want[i] == want[i]) {
							t.Errorf("%s, %d rows: element %d is %g, alone %g", b.Name(), rows, i, got[i], want[i])
							return
						}
					}
				}
			})
		}
		wg.Wait()
	}
}

// TestTwoPartsSameBits: one weight of more bits than two parts hold puts all into three, which no other column of the product shows: few rows and many, a row that parts
// do not hold, forward and backward.
func TestTwoPartsSameBits(t *testing.T) {
	if !simd.Sets()[0].HasAMX() {
		t.Skip("this machine has no AMX")
	}
	const m, k, n = 301, simd.BFloat16KC + 96, 192
	xs, ws := drawn(1, m*k, false), drawn(2, n*k, false)
	for i, w := range ws {
		ws[i] = math.Float32frombits(math.Float32bits(w) &^ (1<<13 - 1))
	}
	xs[40*k+3] = 0x1p80
	dy := drawn(3, m*n, false)
	b := openAs(t, "auto", 2, cpu.Float32)
	w := tensorOf(t, b, engine.F32, engine.Weights, n, k, ws)
	back := func(rows int) (got []float32) {
		for i := 0; i < m; i += rows {
			r := min(rows, m-i)
			y, dx := tensorOf(t, b, engine.F32, engine.Activations, r, n, dy[i*n:(i+r)*n]), tensorOf(t, b, engine.F32, engine.Activations, r, k, nil)
			b.Zero(dx)
			b.LinearGradX(dx, y, w)
			got = append(got, floatsOf(b, dx)...)
		}
		return got
	}
	without := func(x []float32, cols int) []float32 {
		for i := 0; i < len(x); i += cols {
			x[i] = 0
		}
		return x
	}
	var forward, backward [][]float32
	for _, first := range []float32{0.5, 0x1.000002p-1, 0.5} {
		b.Upload(w.Slice(0, 1), append([]float32{first}, ws[1:k]...))
		for _, rows := range []int{m, 1, 30, 33} {
			forward, backward = append(forward, without(linearOf(t, b, w, m, rows, xs), n)), append(backward, without(back(rows), k))
		}
	}
	for i := range forward {
		mustBeSame(t, "forward", forward[i], forward[0])
		mustBeSame(t, "backward", backward[i], backward[0])
	}
}
