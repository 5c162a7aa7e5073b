package cpu_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/enginetest"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

// precise is what a precision's products may be off, by the sum of their terms' magnitudes.
var precise = map[string]float64{cpu.Float32: 0x1p-20, cpu.BF16: 0x1p-7 + 0x1p-14}

// TestTiles holds Linear, its gradient and FFNUp to float64, at shapes that tiles are for and at their neighbours: few rows and many, one block of K and
// several, whole panels and not.
func TestTiles(t *testing.T) {
	for _, set := range simd.Sets() {
		for _, precision := range []string{cpu.Float32, cpu.BF16} {
			for _, shape := range [][3]int{{1, 64, 96}, {33, 61, 95}, {40, 768, 64}, {256, 96, 128}, {257, 64, 61}, {300, 1000, 33}, {31, 36, 52}} {
				if set.Name != simd.Sets()[0].Name && shape[0]*shape[1]*shape[2] > 1<<18 {
					continue // the reference is slow
				}
				for _, threads := range []int{1, 3} {
					checkTiles(t, openAs(t, set.Name, threads, precision), shape[0], shape[1], shape[2], precise[precision])
				}
			}
		}
	}
}

func checkTiles(t *testing.T, b *cpu.Backend, m, k, n int, off float64) {
	t.Helper()
	xs, ws, bs, rs, dxs := drawn(1, m*k, false), drawn(2, n*k, false), drawn(3, n, false), drawn(4, m*n, false), drawn(5, m*k, false)
	x, w := tensorOf(t, b, engine.F32, engine.Activations, m, k, xs), tensorOf(t, b, engine.F32, engine.Weights, n, k, ws)
	bias, y := tensorOf(t, b, engine.F32, engine.Weights, 1, n, bs), tensorOf(t, b, engine.F32, engine.Activations, m, n, rs)
	dy, dx := tensorOf(t, b, engine.F32, engine.Activations, m, n, rs), tensorOf(t, b, engine.F32, engine.Activations, m, k, dxs)
	pre, a := tensorOf(t, b, engine.F32, engine.Activations, m, n, nil), tensorOf(t, b, engine.F32, engine.Activations, m, n, nil)
	b.Linear(y, x, w, bias, y)
	b.LinearGradX(dx, dy, w)
	b.FFNUp(a, pre, x, w, bias, &engine.Edit{Kind: engine.EditZero, Neurons: []int32{1, int32(n) - 1}}, nil)
	got, gradient, before, behind := floatsOf(b, y), floatsOf(b, dx), floatsOf(b, pre), floatsOf(b, a)
	check := func(what string, i, j int, got float32, want, size float64) {
		t.Helper()
		if !(math.Abs(float64(got)-want) <= off*size+1e-6) {
			t.Fatalf("%s, [%d, %d, %d], %s: (%d, %d) is %g, want %g within %g", b.Name(), m, k, n, what, i, j, got, want, off*size)
		}
	}
	for i := range m {
		for j := range n {
			want, size := float64(bs[j]), math.Abs(float64(bs[j]))
			for p := range k {
				v := float64(xs[i*k+p]) * float64(ws[j*k+p])
				want += v
				size += math.Abs(v)
			}
			check("pre", i, j, before[i*n+j], want, size)
			act := want * 0.5 * math.Erfc(-want/math.Sqrt2)
			if j == 1 || j == n-1 {
				act = 0
			}
			check("ffn_up", i, j, behind[i*n+j], act, 1.2*size)
			check("linear", i, j, got[i*n+j], want+float64(rs[i*n+j]), size+1)
		}
		for p := range k {
			want, size := float64(dxs[i*k+p]), 1.0
			for j := range n {
				v := float64(rs[i*n+j]) * float64(ws[j*k+p])
				want += v
				size += math.Abs(v)
			}
			if !(math.Abs(float64(gradient[i*k+p])-want) <= precise[cpu.Float32]*size+1e-6) { // in float32 whatever the precision
				t.Fatalf("%s, [%d, %d, %d]: the gradient at (%d, %d) is %g, want %g", b.Name(), m, k, n, i, p, gradient[i*k+p], want)
			}
		}
	}
}

// TestTilesNotFinite: rows and weights beyond what parts hold are multiplied in float32, in every precision that has parts, and change no other row.
func TestTilesNotFinite(t *testing.T) {
	const m, k, n = 40, 64, 64
	for _, set := range simd.Sets() {
		for _, precision := range []string{cpu.Float32, cpu.BF16} {
			b := openAs(t, set.Name, 2, precision)
			run := func(xs, ws []float32) []float32 {
				x, w := tensorOf(t, b, engine.F32, engine.Activations, m, k, xs), tensorOf(t, b, engine.F32, engine.Weights, n, k, ws)
				y := tensorOf(t, b, engine.F32, engine.Activations, m, n, nil)
				b.Linear(y, x, w, engine.Tensor{}, engine.Tensor{})
				return floatsOf(b, y)
			}
			xs, ws := drawn(1, m*k, false), drawn(2, n*k, false)
			plain := run(xs, ws)
			xs[5*k+7] = float32(math.Inf(1))
			for i, v := range run(xs, ws) {
				if i/n == 5 {
					if want := math.Inf(1); math.Abs(float64(v)) != want && v == v {
						t.Fatalf("%s: Inf in a row gave %g", b.Name(), v)
					}
				} else if v != plain[i] {
					t.Fatalf("%s: Inf in row 5 changed row %d", b.Name(), i/n)
				}
			}
			xs[5*k+7] = 0
			ws[9*k+3] = float32(math.NaN())
			for i, v := range run(xs, ws) {
				if (v != v) != (i%n == 9) {
					t.Fatalf("%s: NaN among the weights of column 9 gave %g in column %d", b.Name(), v, i%n)
				}
			}
		}
	}
}

// TestBFloat16SameBits: whatever the threads, the batch and the kernel set.
func TestBFloat16SameBits(t *testing.T) {
	fastest := simd.Sets()[0].Name
	enginetest.SameBits(t, openAs(t, fastest, 1, cpu.BF16), openAs(t, fastest, 3, cpu.BF16))
	const m, k, n = 41, 96, 130
	var want []float32
	for _, set := range simd.Sets() {
		for _, threads := range []int{1, 3} {
			b := openAs(t, set.Name, threads, cpu.BF16)
			if b.Name() != "cpu/"+set.Name+"/bf16" || b.Precision() != cpu.BF16 {
				t.Errorf("opened %s with precision %s", b.Name(), b.Precision())
			}
			xs := drawn(1, m*k, false)
			w := tensorOf(t, b, engine.F32, engine.Weights, n, k, drawn(2, n*k, false))
			for _, rows := range []int{m, 1, 30} {
				var got []float32
				for i := 0; i < m; i += rows {
					r := min(rows, m-i)
					x, y := tensorOf(t, b, engine.F32, engine.Activations, r, k, xs[i*k:(i+r)*k]), tensorOf(t, b, engine.F32, engine.Activations, r, n, nil)
					b.Linear(y, x, w, engine.Tensor{}, engine.Tensor{})
					got = append(got, floatsOf(b, y)...)
				}
				if want == nil {
					want = got
				}
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Fatalf("%s, %d threads, %d rows at a time: element %d is %g, with the first set %g", b.Name(), threads, rows, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// TestTilesAllocateNothing: the ops of a warm layer, few rows and many.
func TestTilesAllocateNothing(t *testing.T) {
	for _, sentences := range []int{1, 8} {
		for _, threads := range []int{1, 2} {
			m := newMini(t, openAs(t, simd.Sets()[0].Name, threads, cpu.Float32), sentences)
			for range 5 {
				m.forward()
			}
			if n := testing.AllocsPerRun(10, m.forward); n != 0 {
				t.Errorf("%d sentences, %d threads: a warm layer makes %v allocations", sentences, threads, n)
			}
		}
	}
}

// BenchmarkNarrow measures products of which a part of the tiles is filling, beside multiply-adds.
func BenchmarkNarrow(b *testing.B) {
	for _, shape := range [][2]int{{108, 36}, {384, 24}, {768, 48}, {768, 61}, {24, 384}, {48, 768}, {61, 768}, {384, 32}, {16, 768}} {
		const m = 1300
		n, k := shape[0], shape[1]
		for _, set := range simd.Sets() {
			if set.Name == "go" {
				continue
			}
			be := open(b, set.Name, 1)
			x, w := tensorOf(b, be, engine.F32, engine.Activations, m, k, drawn(1, m*k, false)), tensorOf(b, be, engine.F32, engine.Weights, n, k, drawn(2, n*k, false))
			y := tensorOf(b, be, engine.F32, engine.Activations, m, n, nil)
			run := func() { be.Linear(y, x, w, engine.Tensor{}, engine.Tensor{}) }
			b.Run(fmt.Sprintf("op=linear/m=%d/n=%d/k=%d/prec=f32/impl=%s/threads=1", m, n, k, set.Name), func(b *testing.B) {
				for run(); b.Loop(); {
					run()
				}
			})
		}
	}
}
