package tasks_test

import (
	"sync"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// One loaded classifier serves many goroutines, perturbed and not, and each gets what it would get alone.
func TestClassifierIsSafeForConcurrentUse(t *testing.T) {
	c, err := tasks.LoadClassifier("../testdata/prompt", tasks.ClassifierOptions{Mini: mini.FS()})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"a gripping film", "dull", "", "one of the best movies of the year , by far and away", "it never comes together"}
	mask := tasks.NewMask(c.Model().Layers(), c.Model().Width(0))
	for i := range mask.Bits {
		mask.Bits[i] = i%11 == 0
	}
	vector := make([][]float32, mask.L)
	for l := range vector {
		vector[l] = make([]float32, mask.F)
		for i := range vector[l] {
			vector[l][i] = 0.3
		}
	}
	noise := &tasks.Perturbation{Kind: engine.EditGaussian, Mask: mask, Vector: vector, High: mask.L, Seed: 3}
	neurons := []tasks.Neuron{{Layer: 0, Index: 3, Row: 1}, {Layer: 5, Index: 727, Row: 14}}
	read := func(p *tasks.Perturbation) []tasks.Reading {
		r, err := c.Read(texts, neurons, p)
		if err != nil {
			t.Error(err)
		}
		return r
	}
	plain, noisy := read(nil), read(noise)
	if plain[0].Logits[0] == noisy[0].Logits[0] {
		t.Error("noise changes nothing")
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			p, want := (*tasks.Perturbation)(nil), plain
			if i%2 == 1 {
				p, want = noise, noisy
			}
			for k, r := range read(p) {
				for j := range r.Logits {
					if r.Logits[j] != want[k].Logits[j] {
						t.Errorf("goroutine %d: logits of text %d differ from those alone", i, k)
					}
				}
				for j := range r.Activations {
					if r.Activations[j] != want[k].Activations[j] {
						t.Errorf("goroutine %d: activations of text %d differ from those alone", i, k)
					}
				}
			}
		})
	}
	wg.Wait()
}
