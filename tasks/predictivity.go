package tasks

import (
	"context"
	"math"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// measure is one way to read a neuron: at every prompt row, or pooled over the sentence's own tokens.
type measure struct {
	name      string // as ProbeType
	avg, perf string // file names: avg, and perf behind the split's name
	pool      engine.Pool
	slots     int // rows of the arrays: P, or 1 where pooled
	average   []float32
	taps      []*engine.Tap // by layer
}

// measures are those of the probe's type. A model without a prompt has no acc.
func (p *prober) measures() []*measure {
	var out []*measure
	is := func(t ProbeType) bool { return p.cfg.Type == t || p.cfg.Type == ProbeAll }
	if (is(ProbeAcc) || p.cfg.Type == ProbeAvg) && p.promptRows() > 0 {
		out = append(out, &measure{name: "acc", avg: "train_avg", perf: "perf", pool: engine.PoolNone, slots: p.promptRows()})
	}
	if is(ProbeAccMean) {
		out = append(out, &measure{name: "acc_mean", avg: "train_mean_avg", perf: "mean_perf", pool: engine.PoolMean, slots: 1})
	}
	if is(ProbeAccMax) {
		out = append(out, &measure{name: "acc_max", avg: "train_max_avg", perf: "max_perf", pool: engine.PoolMax, slots: 1})
	}
	return out
}

// predictivity averages each neuron over the train split, then counts on dev and test how often exceeding the average agrees with the label.
func (p *prober) predictivity(ctx context.Context) error {
	ms := p.measures()
	l, f := p.model.Layers(), p.model.Width(0)
	for _, m := range ms {
		if err := p.makeTaps(m, engine.TapSum); err != nil {
			return err
		}
	}
	if err := p.tapSplit(ctx, p.data.Train, ms); err != nil {
		return err
	}
	n := int64(p.data.Train.Len())
	for _, m := range ms {
		m.average = make([]float32, 0, l*m.slots*f)
		for _, sum := range p.accumulated(m) {
			m.average = append(m.average, engine.FixedMean(sum, n))
		}
		p.freeTaps(m)
		if err := npy.Write(p.path(m.avg), m.shape(l, f), m.average); err != nil {
			return err
		}
	}
	if p.cfg.Type == ProbeAvg {
		return nil
	}
	best := make([]BestNeuron, len(ms))
	for _, s := range []dataset.Split{p.data.Dev, p.data.Test} {
		for _, m := range ms {
			if err := p.makeTaps(m, engine.TapCount); err != nil {
				return err
			}
		}
		if err := p.tapSplit(ctx, s, ms); err != nil {
			return err
		}
		for i, m := range ms {
			perf := make([]float32, 0, l*m.slots*f)
			for _, c := range p.accumulated(m) {
				perf = append(perf, float32(float64(c)/float64(s.Len())))
			}
			p.freeTaps(m)
			if err := npy.Write(p.path(s.Name+"_"+m.perf), m.shape(l, f), perf); err != nil {
				return err
			}
			if s.Name == p.data.Dev.Name {
				best[i] = m.choose(perf, f)
			} else {
				best[i].score(perf, m, f)
			}
		}
	}
	p.result.Best = best
	return nil
}

func (m *measure) shape(l, f int) []int {
	if m.pool == engine.PoolNone {
		return []int{l, m.slots, f}
	}
	return []int{l, f}
}

// choose picks the neuron with the largest |accuracy - 1/2|, the first where equal.
func (m *measure) choose(perf []float32, f int) BestNeuron {
	at := 0
	for i, x := range perf {
		if math.Abs(float64(x)-0.5) > math.Abs(float64(perf[at])-0.5) {
			at = i
		}
	}
	b := BestNeuron{Measure: m.name, Layer: at / f / m.slots, Row: at / f % m.slots, Neuron: at % f, Threshold: m.average[at], Above: 1, Dev: float64(perf[at])}
	if m.pool != engine.PoolNone {
		b.Row = -1
	}
	if b.Dev < 0.5 {
		b.Above, b.Dev = 0, 1-b.Dev
	}
	return b
}

// score reads the chosen neuron's accuracy off another split, on the side that was fixed before.
func (b *BestNeuron) score(perf []float32, m *measure, f int) {
	b.Test = float64(perf[(b.Layer*m.slots+max(0, b.Row))*f+b.Neuron])
	if b.Above == 0 {
		b.Test = 1 - b.Test
	}
}

// makeTaps gives every layer a tap with zeroed accumulators and, for counting, the layer's thresholds.
func (p *prober) makeTaps(m *measure, kind engine.TapKind) error {
	l, f := p.model.Layers(), p.model.Width(0)
	m.taps = make([]*engine.Tap, l)
	for i := range m.taps {
		t := &engine.Tap{Kind: kind, Pool: m.pool}
		acc, err := p.be.Alloc(engine.I64, m.slots*f, engine.Activations)
		if err != nil {
			return err
		}
		t.Acc = engine.Whole(acc, m.slots, f)
		p.be.Zero(t.Acc)
		if kind == engine.TapCount {
			b, err := p.be.Alloc(engine.F32, m.slots*f, engine.Activations)
			if err != nil {
				return err
			}
			t.Threshold = engine.Whole(b, m.slots, f)
			p.be.Upload(t.Threshold, m.average[i*m.slots*f:(i+1)*m.slots*f])
		}
		m.taps[i] = t
	}
	return nil
}

func (p *prober) freeTaps(m *measure) {
	for _, t := range m.taps {
		p.be.Free(t.Acc.Buf)
		if t.Threshold.Ok() {
			p.be.Free(t.Threshold.Buf)
		}
	}
	m.taps = nil
}

// accumulated is what the taps of all layers hold, [L, slots, F].
func (p *prober) accumulated(m *measure) []int64 {
	var out []int64
	for _, t := range m.taps {
		x := make([]int64, t.Acc.Len())
		p.be.DownloadInts(x, t.Acc)
		out = append(out, x...)
	}
	return out
}

// tapSplit runs a split with every measure's taps in one pass.
func (p *prober) tapSplit(ctx context.Context, s dataset.Split, ms []*measure) error {
	rows := make([]tapRows, len(ms))
	pooled := false
	for _, m := range ms {
		pooled = pooled || m.pool != engine.PoolNone
	}
	taps := make([][]*engine.Tap, p.model.Layers())
	return p.eachSplit(ctx, s, func(b *roberta.Batch, lo, hi int) roberta.Run {
		labels := s.Examples[lo:hi]
		for i, m := range ms {
			rows[i].set(b, m, labels)
			for l, t := range m.taps {
				t.Slot, t.Slots, t.Label = rows[i].slot, rows[i].slots, rows[i].label
				if i == 0 {
					taps[l] = taps[l][:0]
				}
				taps[l] = append(taps[l], t)
			}
		}
		run := roberta.Run{StopAtTaps: true, Taps: taps, Edits: p.edit.edits(b)}
		if !pooled { // the last layer is needed at the prompt's rows only
			run.Read = b.Prompt
		}
		return run
	}, nil)
}

// tapRows says, for one batch, which rows a measure reads.
type tapRows struct {
	slot, label []int32
	slots       int
}

func (r *tapRows) set(b *roberta.Batch, m *measure, examples []dataset.Example) {
	r.slot, r.label, r.slots = slots(r.slot, b, nil), r.label[:0], m.slots
	if m.pool == engine.PoolNone {
		for i, row := range b.Prompt {
			r.slot[row] = int32(i % m.slots)
		}
		for i, e := range examples {
			for range b.Off[i+1] - b.Off[i] {
				r.label = append(r.label, int32(e.Label))
			}
		}
		return
	}
	prompt := b.Prompt
	for i, e := range examples {
		for row := b.Off[i]; row < b.Off[i+1]; row++ {
			if len(prompt) > 0 && prompt[0] == row {
				prompt = prompt[1:]
				continue
			}
			r.slot[row] = int32(i)
		}
		r.label = append(r.label, int32(e.Label))
	}
	r.slots = len(examples)
}
