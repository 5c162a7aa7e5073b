package demo

import (
	"context"
	"math"
	"path/filepath"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// deviations writes each neuron's standard deviation, [L, F], over all rows (the prompt's and the sentence's, which noise reaches alike) of a seeded part of the
// train split. Gaussian noise in this unit disturbs loud and quiet neurons in proportion.
func (d *demo) deviations(ctx context.Context, path string) error {
	m, _, err := roberta.LoadTuned(d.be, d.Dir, "", roberta.SourceOptions{Mini: d.Mini})
	if err != nil {
		return err
	}
	examples := d.data.Train.Subset(d.r.Plan.Deviation, *d.Seed).Examples
	d.Progress.Start("deviations of "+filepath.Base(d.DataPath)+" train", len(examples), "sentences")
	defer d.Progress.Done()
	layers, f := m.Layers(), m.Width(0)
	sum, square := make([]float64, layers*f), make([]float64, layers*f)
	rows := 0
	s, b := m.NewSession(), m.NewBatch()
	defer s.Close()
	const few = 8 // sentences at once: every activation of every layer is copied out
	for lo := 0; lo < len(examples); lo += few {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := examples[lo:min(lo+few, len(examples))]
		b.Reset()
		for _, e := range part {
			b.Add(m.Tokenizer.EncodeTruncated(e.Text, m.MaxTokens()), e.ID)
		}
		if err := d.spread(m, s, b, sum, square); err != nil {
			return err
		}
		rows += b.Rows()
		d.Progress.Add(len(part))
	}
	out := make([]float32, layers*f)
	for i := range out {
		mean := sum[i] / float64(rows)
		out[i] = float32(math.Sqrt(max(0, square[i]/float64(rows)-mean*mean)))
	}
	return npy.Write(path, []int{layers, f}, out)
}

// spread adds the activations of one batch to the sums.
func (d *demo) spread(m *roberta.Model, s *roberta.Session, b *roberta.Batch, sum, square []float64) error {
	f, rows := m.Width(0), b.Rows()
	slot := make([]int32, rows)
	for i := range slot {
		slot[i] = int32(i)
	}
	taps := make([][]*engine.Tap, m.Layers())
	for l := range taps {
		buf, err := d.be.Alloc(engine.F32, rows*f, engine.Activations)
		if err != nil {
			return err
		}
		defer d.be.Free(buf)
		taps[l] = []*engine.Tap{{Kind: engine.TapCopy, Slot: slot, Slots: rows, Out: engine.Whole(buf, rows, f)}}
	}
	if _, err := s.Forward(nil, b, roberta.Run{StopAtTaps: true, Taps: taps}); err != nil {
		return err
	}
	x := make([]float32, rows*f)
	for l, t := range taps {
		d.be.Download(x, t[0].Out)
		for i, v := range x {
			at, w := l*f+i%f, float64(v)
			sum[at] += w
			square[at] += w * w
		}
	}
	return nil
}
