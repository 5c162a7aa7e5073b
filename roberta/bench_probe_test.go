package roberta_test

import (
	"slices"
	"testing"
	"time"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
)

// BenchmarkProbe runs, in turn, all rows of all layers up to the feed-forward activations, plain and with the three taps of probe all; it reports
// the medians' ratio.
func BenchmarkProbe(b *testing.B) {
	for _, kind := range []engine.TapKind{engine.TapSum, engine.TapCount} {
		name := map[engine.TapKind]string{engine.TapSum: "tap=sum", engine.TapCount: "tap=count"}[kind]
		b.Run(name, func(b *testing.B) {
			benchModel(b, func(b *testing.B, f fixture, m *roberta.Model, _ []roberta.Param) {
				s := m.NewSession()
				defer s.Close()
				batch := f.batch(m, upTo(0, 32))
				taps := probeTaps(b, f, m, batch, kind)
				timed := func(taps [][]*engine.Tap) float64 {
					start := time.Now()
					if _, err := s.Forward(nil, batch, roberta.Run{StopAtTaps: true, Taps: taps}); err != nil {
						b.Fatal(err)
					}
					return time.Since(start).Seconds()
				}
				var plain, probe []float64
				for b.Loop() {
					plain, probe = append(plain, timed(nil)), append(probe, timed(taps))
				}
				b.ReportMetric(median(plain)*1e3, "plain-ms")
				b.ReportMetric(median(probe)*1e3, "probe-ms")
				b.ReportMetric(median(probe)/median(plain), "probe/plain")
				slices.Sort(plain)
				slices.Sort(probe)
				b.ReportMetric(probe[len(probe)/10]/plain[len(plain)/10], "p10-ratio")
			})
		})
	}
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// probeTaps are those of probe all: each prompt row, and the mean and the maximum of the sentence's own rows.
func probeTaps(tb testing.TB, f fixture, m *roberta.Model, batch *roberta.Batch, kind engine.TapKind) [][]*engine.Tap {
	var row, own, rowLabel, label []int32
	for s := range batch.Len() {
		label = append(label, int32(s%2))
		for k := range batch.Off[s+1] - batch.Off[s] {
			slot, pooled := k, int32(-1)
			if int(k) >= m.PromptRows() {
				slot, pooled = -1, int32(s)
			}
			row, own, rowLabel = append(row, slot), append(own, pooled), append(rowLabel, int32(s%2))
		}
	}
	alloc := func(t engine.DType, rows, cols int) engine.Tensor {
		buf, err := f.be.Alloc(t, rows*cols, engine.Activations)
		if err != nil {
			tb.Fatal(err)
		}
		return engine.Whole(buf, rows, cols)
	}
	taps := make([][]*engine.Tap, m.Layers())
	for l := range taps {
		w, p := m.Width(l), m.PromptRows()
		taps[l] = []*engine.Tap{
			{Kind: kind, Slot: row, Slots: p, Label: rowLabel, Acc: alloc(engine.I64, p, w), Threshold: alloc(engine.F32, p, w)},
			{Kind: kind, Pool: engine.PoolMean, Slot: own, Slots: batch.Len(), Label: label, Acc: alloc(engine.I64, 1, w), Threshold: alloc(engine.F32, 1, w)},
			{Kind: kind, Pool: engine.PoolMax, Slot: own, Slots: batch.Len(), Label: label, Acc: alloc(engine.I64, 1, w), Threshold: alloc(engine.F32, 1, w)},
		}
	}
	return taps
}
