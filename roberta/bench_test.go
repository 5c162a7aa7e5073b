package roberta_test

import (
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// benchModel is mini with a prompt on every kernel set of the machine.
func benchModel(b *testing.B, run func(b *testing.B, f fixture, m *roberta.Model, params []roberta.Param)) {
	in := golden.Read(b)
	for _, set := range golden.KernelSets() {
		be, err := kernels.Open("cpu", kernels.Options{Kernels: set})
		if err != nil || set == "go" {
			continue
		}
		m, err := roberta.Load(be, &roberta.Source{Name: "mini", FS: mini.FS()}, 0)
		if err != nil {
			b.Fatal(err)
		}
		params, err := m.Tune(roberta.Prompt, 16, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			b.Fatal(err)
		}
		b.Run("model=mini/batch=32/prec=f32/impl="+set, func(b *testing.B) { run(b, fixture{in, in.Models["mini"], be}, m, params) })
	}
}

func BenchmarkForward(b *testing.B) {
	benchModel(b, func(b *testing.B, f fixture, m *roberta.Model, _ []roberta.Param) {
		s := m.NewSession()
		defer s.Close()
		batch := f.batch(m, upTo(0, 32))
		run := roberta.Run{Read: batch.At, IDs: f.VerbalizerIDs}
		var out []float32
		var err error
		for b.Loop() {
			if out, err = s.Forward(out, batch, run); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*32)/b.Elapsed().Seconds(), "sentences/s")
	})
}

func BenchmarkPromptStep(b *testing.B) {
	benchModel(b, func(b *testing.B, f fixture, m *roberta.Model, params []roberta.Param) {
		a, err := autograd.NewAdam(f.be, autograd.DefaultHyper, roberta.Values(params))
		if err != nil {
			b.Fatal(err)
		}
		s := m.NewTrainingSession()
		defer s.Close()
		batch, labels := f.batch(m, upTo(0, 32)), f.in.Labels(upTo(0, 32))
		for b.Loop() {
			a.ZeroGrad()
			if _, err := s.Loss(batch, roberta.Run{IDs: f.VerbalizerIDs}, labels); err != nil {
				b.Fatal(err)
			}
			if _, err := a.Update(0); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*32)/b.Elapsed().Seconds(), "sentences/s")
	})
}
