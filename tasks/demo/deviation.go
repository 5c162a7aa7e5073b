package demo

import (
	"context"
	"math"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// deviations writes each neuron's standard deviation, [L, F]: that between sentences at one prompt row, over a seeded part of the train split, root mean square
// over the prompt's rows. It is the deviation around the very averages that predictivity is measured against, so that noise in this unit blurs what a neuron
// tells of a sentence, in proportion for loud and for quiet ones; what sets one row apart from another is no part of it.
func (d *demo) deviations(ctx context.Context, path string) error {
	m, _, err := roberta.LoadTuned(d.be, d.Dir, "", roberta.SourceOptions{Mini: d.Mini})
	if err != nil {
		return err
	}
	examples := d.data.Train.Subset(d.r.Plan.Deviation, *d.Seed).Examples
	d.Progress.Start("measuring deviations", len(examples), "sentences")
	defer d.Progress.Done()
	layers, rows, f := m.Layers(), m.PromptRows(), m.Width(0)
	v := newSpread(layers * rows * f)
	s, b := m.NewSession(), m.NewBatch()
	defer s.Close()
	for lo := 0; lo < len(examples); lo += batchSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := examples[lo:min(lo+batchSize, len(examples))]
		b.Reset()
		for _, e := range part {
			b.Add(m.Tokenizer.EncodeTruncated(e.Text, m.MaxTokens()), e.ID)
		}
		if err := d.copyPrompt(m, s, b, v); err != nil {
			return err
		}
		v.n += len(part)
		d.Progress.Add(len(part))
	}
	out := make([]float32, layers*f)
	for l := range layers {
		for i := range f {
			var variance float64
			for p := range rows {
				variance += v.variance((l*rows+p)*f+i) / float64(rows)
			}
			out[l*f+i] = float32(math.Sqrt(variance))
		}
	}
	return npy.Write(path, []int{layers, f}, out)
}

// spread gathers values around their first one, which keeps the sums of squares small beside a large average.
type spread struct {
	n                  int // values of each
	first, sum, square []float64
}

func newSpread(k int) *spread {
	return &spread{first: make([]float64, k), sum: make([]float64, k), square: make([]float64, k)}
}

func (v *spread) add(at int, x float64, first bool) {
	if first {
		v.first[at] = x
	}
	x -= v.first[at]
	v.sum[at] += x
	v.square[at] += x * x
}

func (v *spread) variance(at int) float64 {
	mean := v.sum[at] / float64(v.n)
	return max(0, v.square[at]/float64(v.n)-mean*mean)
}

// copyPrompt adds the activations at the prompt's rows of one batch.
func (d *demo) copyPrompt(m *roberta.Model, s *roberta.Session, b *roberta.Batch, v *spread) error {
	f, rows := m.Width(0), m.PromptRows()
	slots := b.Len() * rows
	slot := make([]int32, b.Rows())
	var read []int32
	for i := range slot {
		slot[i] = -1
	}
	for i := range b.Len() {
		for p := range rows {
			r := b.Off[i] + int32(p)
			slot[r] = int32(i*rows + p)
			read = append(read, r)
		}
	}
	taps := make([][]*engine.Tap, m.Layers())
	for l := range taps {
		buf, err := d.be.Alloc(engine.F32, slots*f, engine.Activations)
		if err != nil {
			return err
		}
		defer d.be.Free(buf)
		taps[l] = []*engine.Tap{{Kind: engine.TapCopy, Slot: slot, Slots: slots, Out: engine.Whole(buf, slots, f)}}
	}
	if _, err := s.Forward(nil, b, roberta.Run{Read: read, StopAtTaps: true, Taps: taps}); err != nil {
		return err
	}
	x := make([]float32, slots*f)
	for l, t := range taps {
		d.be.Download(x, t[0].Out)
		for i, a := range x {
			p := i / f % rows
			v.add((l*rows+p)*f+i%f, float64(a), v.n == 0 && i < rows*f)
		}
	}
	return nil
}
