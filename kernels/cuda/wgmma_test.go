// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
)

// TestWgmmaBesideMMA: both kernel sets compute the same, over shapes around tiles and rings: on the emulated device the same bits, on a card within what the
// order of additions may change. What they pack beside is read by the product after it.
func TestWgmmaBesideMMA(t *testing.T) {
	for name, open := range testDevices(t) {
		if !open().hopper() {
			t.Skipf("this machine has no wgmma: %s", open().name())
		}
		emulated := strings.Contains(open().name(), "emulated")
		for _, precision := range []string{TF32, BF16} {
			for _, s := range [][3]int{{1, 1, 1}, {64, 64, 64}, {65, 63, 129}, {127, 192, 128}, {129, 193, 130}, {257, 33, 5}, {3, 832, 131}} {
				t.Run(fmt.Sprintf("%s/%s/%dx%dx%d", name, precision, s[0], s[1], s[2]), func(t *testing.T) {
					var got [2][]float32
					for i, kernels := range []string{MMA, WGMMA} {
						got[i] = bothProducts(bench{t, tensorSet{precision, kernels}.on(open()), rand.New(rand.NewPCG(5, 6))}, s[0], s[1], s[2])
					}
					for i, want := range got[0] {
						allowed := 1e-5 * (1 + math.Abs(float64(want)))
						if emulated {
							allowed = 0
						}
						if d := math.Abs(float64(got[1][i]) - float64(want)); !(d <= allowed) {
							t.Fatalf("element %d of %d is %v, by mma %v", i, len(got[0]), got[1][i], want)
						}
					}
				})
			}
		}
	}
}

// bothProducts is the results of a layer's products, the first of which packs beside what the second reads where whole tiles of columns allow it.
func bothProducts(x bench, m, k, n int) (all []float32) {
	w, b := x.put(engine.Weights, n, k), x.put(engine.Weights, 1, n)
	back, in, res := x.put(engine.Weights, k, n), x.put(engine.Activations, m, k), x.put(engine.Activations, m, k)
	pre, a, y := x.put(engine.Activations, m, n), x.put(engine.Activations, m, n), x.put(engine.Activations, m, k)
	edit := &engine.Edit{Kind: engine.EditGaussian, Neurons: []int32{int32(n / 2)}, Vector: x.numbers(n), Seed: 1, Example: make([]int32, m)}
	x.be.FFNUp(a, pre, in, w, b, edit, nil)
	x.be.Linear(y, a, back, engine.Tensor{}, res)
	for _, t := range []engine.Tensor{pre, a, y} {
		all = append(all, x.read(t)...)
	}
	return all
}

// TestChoose: names of kernel sets, and what a set needs.
func TestChoose(t *testing.T) {
	for name, open := range testDevices(t) {
		for _, c := range []struct{ tensor, kernels, name, err string }{
			{"", "", "", ""},
			{"", Auto, "", ""},
			{"_bf16", MMA, "/bf16", ""},
			{"_bf16", Auto, "/bf16", ""},
			{"_bf16", WGMMA, "/bf16/wgmma", ""},
			{"", WGMMA, "", "--precision tf32 or bf16"},
			{"_tf32", "avx2", "", `no kernel set "avx2" on a GPU`},
		} {
			b := &Backend{dev: open(), tensor: c.tensor}
			if err := b.choose(c.kernels); c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%s: set %q: %v, want an error with %q", name, c.kernels, err, c.err)
				}
			} else if c.kernels == WGMMA && !b.dev.hopper() {
				if err == nil || !strings.Contains(err.Error(), "need compute capability 9.0") {
					t.Errorf("%s is no Hopper, and takes set %q: %v", name, c.kernels, err)
				}
			} else if err != nil || b.Name() != b.dev.name()+c.name {
				t.Errorf("set %q: %v, named %s, want %s", c.kernels, err, b.Name(), b.dev.name()+c.name)
			}
		}
		old := &Backend{dev: ampere{open()}, tensor: "_bf16"}
		if err := old.choose(WGMMA); err == nil || old.products != "" {
			t.Errorf("a card that is no Hopper takes set %s", WGMMA)
		}
	}
}

// ampere is a device without Hopper's instructions.
type ampere struct{ device }

func (ampere) hopper() bool { return false }
