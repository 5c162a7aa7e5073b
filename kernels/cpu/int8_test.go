package cpu_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/enginetest"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
)

func openInt8(t testing.TB, kernels string, threads int) *cpu.Backend {
	t.Helper()
	return openAs(t, kernels, threads, cpu.Int8)
}

func openAs(t testing.TB, kernels string, threads int, precision string) *cpu.Backend {
	t.Helper()
	b, err := cpu.Open(cpu.Options{Threads: threads, Kernels: kernels, Precision: precision})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// drawn are n numbers around zero, or behind GELU's lower end.
func drawn(seed uint32, n int, gelu bool) []float32 {
	x := make([]float32, n)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = float32(seed>>8)/(1<<23) - 1
		if gelu {
			x[i] = max(x[i]*x[i]*x[i]*9, -0.17)
		}
	}
	return x
}

func tensorOf(t testing.TB, b *cpu.Backend, d engine.DType, use engine.Use, rows, cols int, x []float32) engine.Tensor {
	t.Helper()
	buf, err := b.Alloc(d, rows*cols, use)
	if err != nil {
		t.Fatal(err)
	}
	y := engine.Whole(buf, rows, cols)
	if x != nil {
		b.Upload(y, x)
	}
	return y
}

func floatsOf(b *cpu.Backend, x engine.Tensor) []float32 {
	y := make([]float32, x.Len())
	b.Download(y, x)
	return y
}

func TestInt8Open(t *testing.T) {
	b := openInt8(t, "go", 2)
	if b.Name() != "cpu/go/int8" || b.Precision() != "int8" || open(t, "go", 1).Precision() != "float32" {
		t.Errorf("opened %s with precision %s", b.Name(), b.Precision())
	}
	if b, err := cpu.Open(cpu.Options{Precision: "int4"}); b != nil || err == nil || !strings.Contains(err.Error(), `"int4"`) {
		t.Errorf("int4 gave %v, %v", b, err)
	}
}

// TestInt8Linear holds Linear to float64: each factor is at most half a step off, and so is known how far a sum may be.
func TestInt8Linear(t *testing.T) {
	for _, set := range simd.Sets() {
		b := openInt8(t, set.Name, 3)
		for _, shape := range [][3]int{{1, 32, 32}, {2, 61, 97}, {7, 97, 61}, {33, 384, 768}, {130, 40, 35}, {3, 3072, 33}} {
			m, k, n := shape[0], shape[1], shape[2]
			for _, gelu := range []bool{false, true} {
				xs, ws, bs, rs := drawn(1, m*k, gelu), drawn(2, n*k, false), drawn(3, n, false), drawn(4, m*n, false)
				x, w := tensorOf(t, b, engine.F32, engine.Activations, m, k, xs), tensorOf(t, b, engine.F32, engine.Weights, n, k, ws)
				bias, y := tensorOf(t, b, engine.F32, engine.Weights, 1, n, bs), tensorOf(t, b, engine.F32, engine.Activations, m, n, rs)
				b.Linear(y, x, w, bias, y)
				got := floatsOf(b, y)
				plain := tensorOf(t, b, engine.F32, engine.Activations, m, n, nil)
				b.Linear(plain, x, tensorOf(t, b, engine.F32, engine.Activations, n, k, ws), bias, engine.Tensor{})
				different := false
				for i := range m {
					lo, hi := span(xs[i*k : (i+1)*k])
					sx := (hi - lo) / 254
					for j := range n {
						lo, hi := span(ws[j*k : (j+1)*k])
						sw := max(hi, -lo) / 127
						want, bound := float64(bs[j])+float64(rs[i*n+j]), 1e-5
						for p := range k {
							u, v := float64(xs[i*k+p]), float64(ws[j*k+p])
							want += u * v
							bound += math.Abs(u)*sw/2 + math.Abs(v)*sx/2 + sw*sx/4
						}
						if !(math.Abs(float64(got[i*n+j])-want) <= bound*1.001) {
							t.Fatalf("%s, %v: (%d, %d) is %g, want %g within %g", set.Name, shape, i, j, got[i*n+j], want, bound)
						}
						different = different || math.Abs(float64(got[i*n+j])-want) > 1e-4
					}
				}
				if !different {
					t.Errorf("%s, %v: nothing was rounded to 8 bits", set.Name, shape)
				}
				for i, v := range floatsOf(b, plain) {
					var want float64
					for p := range k {
						want += float64(xs[i/n*k+p]) * float64(ws[i%n*k+p])
					}
					if want += float64(bs[i%n]); !(math.Abs(float64(v)-want) <= 1e-3) {
						t.Fatalf("%s, %v: weights that are activations were not multiplied in float32: %g, want %g", set.Name, shape, v, want)
					}
				}
			}
		}
	}
}

func span(x []float32) (lo, hi float64) {
	for _, v := range x {
		lo, hi = min(lo, float64(v)), max(hi, float64(v))
	}
	return lo, hi
}

// TestInt8SameBits: whatever the threads and the batch, and for the products also whatever the kernel set.
func TestInt8SameBits(t *testing.T) {
	fastest := simd.Sets()[0].Name
	enginetest.SameBits(t, openInt8(t, fastest, 1), openInt8(t, fastest, 3))
	const m, k, n = 203, 77, 401
	xs, rs := drawn(1, m*k, false), drawn(3, m*n, false)
	var want []float32
	for _, set := range simd.Sets() {
		for _, threads := range []int{1, 2, 4} {
			b := openInt8(t, set.Name, threads)
			w := tensorOf(t, b, engine.F32, engine.Weights, n, k, drawn(2, n*k, false))
			for _, rows := range []int{m, 1, 30} {
				var got []float32
				for i := 0; i < m; i += rows {
					r := min(rows, m-i)
					x, y := tensorOf(t, b, engine.F32, engine.Activations, r, k, xs[i*k:(i+r)*k]), tensorOf(t, b, engine.F32, engine.Activations, r, n, rs[i*n:(i+r)*n])
					b.Linear(y, x, w, engine.Tensor{}, y)
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

// TestInt8WeightsChange: packed forms follow every write, types other than float32 are packed too, and a view has its own.
func TestInt8WeightsChange(t *testing.T) {
	for _, set := range simd.Sets() {
		const n, k = 70, 40
		b := openInt8(t, set.Name, 2)
		x := tensorOf(t, b, engine.F32, engine.Activations, 3, k, drawn(1, 3*k, false))
		for _, d := range []engine.DType{engine.F32, engine.F16, engine.BF16} {
			w := tensorOf(t, b, d, engine.Weights, n, k, drawn(5, n*k, false))
			check := func(when string) {
				t.Helper()
				for _, v := range []engine.Tensor{w, w.Slice(8, 56)} {
					fresh := tensorOf(t, b, engine.F32, engine.Weights, v.Rows, k, floatsOf(b, v))
					got, want := tensorOf(t, b, engine.F32, engine.Activations, 3, v.Rows, nil), tensorOf(t, b, engine.F32, engine.Activations, 3, v.Rows, nil)
					b.Linear(got, x, v, engine.Tensor{}, engine.Tensor{})
					b.Linear(want, x, fresh, engine.Tensor{}, engine.Tensor{})
					g, f := floatsOf(b, got), floatsOf(b, want)
					for i := range g {
						if g[i] != f[i] {
							t.Fatalf("%s, %v, %s: element %d is %g, want %g", set.Name, d, when, i, g[i], f[i])
						}
					}
				}
			}
			check("new")
			b.Upload(w.Slice(20, 30), drawn(6, 10*k, false))
			check("after rows changed")
			b.Zero(w)
			check("zero")
		}
	}
}

// TestInt8NotFinite: a NaN or an Inf among a row's activations makes that row NaN, through FFNUp too.
func TestInt8NotFinite(t *testing.T) {
	for _, set := range simd.Sets() {
		const m, n, k = 17, 64, 48
		b := openInt8(t, set.Name, 2)
		w := tensorOf(t, b, engine.F32, engine.Weights, n, k, drawn(2, n*k, false))
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
			xs := drawn(1, m*k, false)
			xs[5*k+7] = bad
			x := tensorOf(t, b, engine.F32, engine.Activations, m, k, xs)
			y, z := tensorOf(t, b, engine.F32, engine.Activations, m, n, nil), tensorOf(t, b, engine.F32, engine.Activations, m, n, nil)
			b.Linear(y, x, w, engine.Tensor{}, engine.Tensor{})
			b.FFNUp(z, engine.Tensor{}, x, w, engine.Tensor{}, nil, nil)
			for what, v := range map[string][]float32{"linear": floatsOf(b, y), "ffn_up": floatsOf(b, z)} {
				for i, e := range v {
					if (e != e) != (i/n == 5) {
						t.Fatalf("%s, %s: %g in row 5 gave %g in row %d", set.Name, what, bad, e, i/n)
					}
				}
			}
		}
	}
}

// TestInt8FFNUp: activation, edit and pre-activation are those of Linear in 8 bits.
func TestInt8FFNUp(t *testing.T) {
	for _, set := range simd.Sets() {
		const m, n, k = 50, 90, 64
		b := openInt8(t, set.Name, 2)
		none := engine.Tensor{}
		x, w := tensorOf(t, b, engine.F32, engine.Activations, m, k, drawn(1, m*k, false)), tensorOf(t, b, engine.F32, engine.Weights, n, k, drawn(2, n*k, false))
		bias := tensorOf(t, b, engine.F32, engine.Weights, 1, n, drawn(3, n, false))
		u, pre, a, g := tensorOf(t, b, engine.F32, engine.Activations, m, n, nil), tensorOf(t, b, engine.F32, engine.Activations, m, n, nil), tensorOf(t, b, engine.F32, engine.Activations, m, n, nil), tensorOf(t, b, engine.F32, engine.Activations, m, n, nil)
		b.Linear(u, x, w, bias, none)
		b.GELU(g, u)
		b.FFNUp(a, pre, x, w, bias, &engine.Edit{Kind: engine.EditZero, Neurons: []int32{3, 40, 89}}, nil)
		us, ps, gs, as := floatsOf(b, u), floatsOf(b, pre), floatsOf(b, g), floatsOf(b, a)
		for i := range us {
			want := gs[i]
			if j := i % n; j == 3 || j == 40 || j == 89 {
				want = 0
			}
			if us[i] != ps[i] || as[i] != want {
				t.Fatalf("%s: element %d is %g behind %g, want %g behind %g", set.Name, i, as[i], ps[i], want, us[i])
			}
		}
	}
}

// TestInt8AllocatesNothing: the ops of a warm layer.
func TestInt8AllocatesNothing(t *testing.T) {
	for _, threads := range []int{1, 2} {
		m := newMini(t, openInt8(t, "auto", threads), 4)
		for range 5 {
			m.forward()
		}
		if n := testing.AllocsPerRun(10, m.forward); n != 0 {
			t.Errorf("%d threads: a warm layer makes %v allocations", threads, n)
		}
	}
}

// BenchmarkPrecision measures the ops of a layer of roberta-base, and a layer's forward, in every precision.
func BenchmarkPrecision(b *testing.B) {
	for _, be := range []*cpu.Backend{open(b, "auto", 0), openAs(b, "auto", 0, cpu.BF16), openInt8(b, "auto", 0)} {
		m := newLayer(b, be, 32, 128, 768, 3072, 12)
		for op, run := range map[string]func(){
			"linear":      func() { be.Linear(m.q, m.x, m.wq, m.bq, m.none) },
			"ffn_up":      func() { be.FFNUp(m.u, m.none, m.x, m.w1, m.b1, nil, nil) },
			"linear_down": func() { be.Linear(m.s, m.u, m.w2, m.b2, m.x) },
			"linear_kv":   func() { be.Linear(m.kv, m.x, m.wkv, m.bkv, m.none) },
			"attention":   func() { be.Attention(m.att, m.q, m.kv, m.ragged) },
			"layer_norm":  func() { be.LayerNorm(m.h, m.x, m.gamma, m.beta, 1e-5) },
			"gelu":        func() { be.GELU(m.u, m.pre) },
			"layer":       m.forward,
		} {
			b.Run(fmt.Sprintf("op=%s/m=%d/prec=%s/impl=%s", op, m.rows, be.Precision(), be.Name()), func(b *testing.B) {
				run()
				for b.Loop() {
					run()
				}
			})
		}
	}
}
