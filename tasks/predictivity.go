package tasks

import (
	"context"
	"fmt"
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
	taps      [][]*engine.Tap // by lane and layer
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
	defer func() { // of a pass that ended in an error
		for _, m := range ms {
			p.freeTaps(m)
		}
	}()
	l, f := p.model.Layers(), p.model.Width(0)
	if err := p.tapSplit(ctx, p.data.Train, ms, engine.TapSum); err != nil {
		return err
	}
	n := int64(p.data.Train.Len())
	for _, m := range ms {
		m.average = make([]float32, 0, l*m.slots*f)
		sums, err := p.accumulated(m)
		if err != nil {
			return err
		}
		for _, sum := range sums {
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
		if err := p.tapSplit(ctx, s, ms, engine.TapCount); err != nil {
			return err
		}
		for i, m := range ms {
			counts, err := p.accumulated(m)
			if err != nil {
				return err
			}
			perf := make([]float32, 0, l*m.slots*f)
			for _, c := range counts {
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

// makeTaps gives every layer a tap of the next lane with zeroed accumulators and, for counting, the layer's thresholds, which all lanes read.
func (p *prober) makeTaps(m *measure, kind engine.TapKind) error {
	f := p.model.Width(0)
	lane := len(m.taps)
	m.taps = append(m.taps, nil)
	for i := range p.model.Layers() {
		t := &engine.Tap{Kind: kind, Pool: m.pool}
		acc, err := p.be.Alloc(engine.I64, m.slots*f, engine.Activations)
		if err != nil {
			return err
		}
		t.Acc = engine.Whole(acc, m.slots, f)
		m.taps[lane] = append(m.taps[lane], t)
		p.be.Zero(t.Acc)
		switch {
		case kind != engine.TapCount:
		case lane > 0:
			t.Threshold = m.taps[0][i].Threshold
		default:
			b, err := p.be.Alloc(engine.F32, m.slots*f, engine.Activations)
			if err != nil {
				return err
			}
			t.Threshold = engine.Whole(b, m.slots, f)
			p.be.Upload(t.Threshold, m.average[i*m.slots*f:(i+1)*m.slots*f])
		}
	}
	return nil
}

func (p *prober) freeTaps(m *measure) {
	for lane, taps := range m.taps {
		for _, t := range taps {
			p.be.Free(t.Acc.Buf)
			if lane == 0 && t.Threshold.Ok() {
				p.be.Free(t.Threshold.Buf)
			}
		}
	}
	m.taps = nil
}

// accumulated is what the taps of all layers hold, [L, slots, F]: the sum over lanes, which is exact.
func (p *prober) accumulated(m *measure) ([]int64, error) {
	n := m.slots * p.model.Width(0)
	out, part := make([]int64, p.model.Layers()*n), make([]int64, n)
	for _, taps := range m.taps {
		for l, t := range taps {
			p.be.DownloadInts(part, t.Acc)
			if i := engine.AddFixed(out[l*n:(l+1)*n], part); i >= 0 {
				return nil, fmt.Errorf("activations cannot be summed: the sum of neuron %d of layer %d overflows; the weights or the prompt hold values out of range", i%p.model.Width(0), l)
			}
		}
	}
	return out, nil
}

// tapSplit runs a split with every measure's taps in one pass. Each lane has its own.
func (p *prober) tapSplit(ctx context.Context, s dataset.Split, ms []*measure, kind engine.TapKind) error {
	pooled := false
	for _, m := range ms {
		pooled = pooled || m.pool != engine.PoolNone
	}
	return p.eachSplit(ctx, s, func(lane int) (work, error) {
		for _, m := range ms {
			if err := p.makeTaps(m, kind); err != nil {
				return work{}, err
			}
		}
		rows := make([]tapRows, len(ms))
		taps := make([][]*engine.Tap, p.model.Layers())
		for l := range taps {
			for _, m := range ms {
				taps[l] = append(taps[l], m.taps[lane][l])
			}
		}
		edit := p.edit.own()
		return work{prepare: func(b *fed) (roberta.Run, [][]*engine.Edit) {
			for i, m := range ms {
				rows[i].set(b, m, s.Examples)
				for _, t := range m.taps[lane] {
					t.Slot, t.Slots, t.Label = rows[i].slot, rows[i].slots, rows[i].label
				}
			}
			run := roberta.Run{StopAtTaps: true, Taps: taps}
			if !pooled { // the last layer is needed at the prompt's rows only
				run.Read = b.Prompt
			}
			return run, edit(b)
		}}, nil
	})
}

// tapRows says, for one batch, which rows a measure reads.
type tapRows struct {
	slot, label []int32
	slots       int
}

func (r *tapRows) set(b *fed, m *measure, all []dataset.Example) {
	r.slot, r.label, r.slots = slots(r.slot, b.Batch, nil), r.label[:0], m.slots
	if m.pool == engine.PoolNone {
		for i, row := range b.Prompt {
			r.slot[row] = int32(i % m.slots)
		}
		for i, e := range b.examples {
			for range b.Off[i+1] - b.Off[i] {
				r.label = append(r.label, int32(all[e].Label))
			}
		}
		return
	}
	prompt := b.Prompt
	for i, e := range b.examples {
		for row := b.Off[i]; row < b.Off[i+1]; row++ {
			if len(prompt) > 0 && prompt[0] == row {
				prompt = prompt[1:]
				continue
			}
			r.slot[row] = int32(i)
		}
		r.label = append(r.label, int32(all[e].Label))
	}
	r.slots = b.Len()
}
