// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// TestModelBesideTheProcessor: logits, and the losses of ten steps of prompt tuning with dropout, which draws the same on every device, lie within 1e-4 of
// the CPU backend's. What Hugging Face computes is compared in packages roberta and tasks.
func TestModelBesideTheProcessor(t *testing.T) {
	in := golden.Read(t)
	tiny := in.Models["tiny"]
	run := func(be engine.Backend) (logits, losses []float32) {
		m, err := roberta.Load(be, &roberta.Source{Name: "tiny", FS: golden.Tiny()}, 0)
		if err != nil {
			t.Fatal(err)
		}
		params, err := m.Tune(roberta.Prompt, tiny.PromptSize, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		batch := func(sentences []int) *roberta.Batch {
			b := m.NewBatch()
			for _, s := range sentences {
				b.Add(tiny.IDs[s], s)
			}
			return b
		}
		s := m.NewTrainingSession()
		defer s.Close()
		all := batch(in.StepBatches[0])
		out, err := s.Forward(nil, all, roberta.Run{Read: all.At, IDs: tiny.VerbalizerIDs})
		if err != nil {
			t.Fatal(err)
		}
		logits = append(logits, out...)
		h := autograd.DefaultHyper
		h.LR = 1e-3
		a, err := autograd.NewAdam(be, h, roberta.Values(params))
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range in.StepBatches {
			a.ZeroGrad()
			loss, err := s.Loss(batch(b), roberta.Run{IDs: tiny.VerbalizerIDs, Drop: roberta.Dropout{Hidden: 0.1, Attention: 0.1, Seed: 7, Step: uint64(i)}}, in.Labels(b))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Update(1); err != nil {
				t.Fatal(err)
			}
			losses = append(losses, loss)
		}
		return logits, losses
	}
	host, err := cpu.Open(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantLogits, wantLosses := run(host)
	for name, open := range testDevices(t) {
		t.Run(name, func(t *testing.T) {
			logits, losses := run(&Backend{dev: open()})
			besideTheProcessor(t, logits, wantLogits, losses, wantLosses)
		})
	}
}

func besideTheProcessor(t *testing.T, logits, wantLogits, losses, wantLosses []float32) {
	if len(losses) != 10 || len(logits) == 0 || len(logits) != len(wantLogits) {
		t.Fatalf("%d losses, %d logits", len(losses), len(logits))
	}
	for what, x := range map[string][2][]float32{"logit": {logits, wantLogits}, "loss": {losses, wantLosses}} {
		worst := 0.0
		for i, want := range x[1] {
			d := math.Abs(float64(x[0][i]) - float64(want))
			worst = max(worst, d)
			if !(d <= 1e-4) {
				t.Errorf("%s %d is %v, the processor's %v", what, i, x[0][i], want)
			}
		}
		t.Logf("%s: off by at most %.2g", what, worst)
	}
}
