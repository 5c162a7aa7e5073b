package tasks

import (
	"context"
	"fmt"
	"math"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// Predictions are a classifier's answers on one split.
type Predictions struct {
	Logits [][]float32 // [examples][classes], verbalizer logits
	Pred   []int       // class of the largest logit, the lower index where equal
	Gold   []int
	Score  float64 // by the task's metric
}

// predict scores the split, under edits unless pert is nil.
func (p *pass) predict(ctx context.Context, pert *Perturbation) (*Predictions, error) {
	r, err := p.predictEach(ctx, []*Perturbation{pert})
	if err != nil {
		return nil, err
	}
	return r[0], nil
}

// predictEach scores the split under each of several perturbations; what they have in common is computed once ([roberta.Session.ForwardEach]).
func (p *pass) predictEach(ctx context.Context, perts []*Perturbation) ([]*Predictions, error) {
	classes := len(p.w.words.IDs)
	all := make([][]float32, len(perts))
	for i := range all {
		all[i] = make([]float32, p.split.Len()*classes)
	}
	ids, join := roberta.Joined(p.w.words.IDs)
	err := p.run(ctx, len(perts), func(int) (work, error) {
		edits := make([][]*engine.Edit, len(perts))
		own := make([]*Perturbation, len(perts)) // a perturbation holds what it says of the batch
		for i, pert := range perts {
			if pert != nil {
				own[i] = pert.on(pert.Mask)
			}
		}
		prepare := func(b *fed) (roberta.Run, [][]*engine.Edit) {
			for i, pert := range own {
				edits[i] = pert.edits(b.Batch)
			}
			return roberta.Run{Read: b.At, IDs: ids, Join: join}, edits
		}
		return work{prepare: prepare, use: func(b *fed, out []float32) error {
			for i := range perts {
				for k, e := range b.examples {
					copy(all[i][e*classes:(e+1)*classes], out[(i*b.Len()+k)*classes:])
				}
			}
			return nil
		}}, nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]*Predictions, len(perts))
	for i, logits := range all {
		if out[i], err = p.predictions(logits, classes); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// predictions are the answers that logits give.
func (p *pass) predictions(logits []float32, classes int) (*Predictions, error) {
	n := p.split.Len()
	r := &Predictions{Gold: p.split.Gold(), Logits: make([][]float32, n), Pred: make([]int, n)}
	for i := range n {
		row := logits[i*classes : (i+1)*classes : (i+1)*classes]
		if !finite(row) {
			return nil, fmt.Errorf("sentence %d of the %s split: its logits are %v; the weights, the prompt or what neurons are set to hold values out of range", p.split.Examples[i].ID+1, p.split.Name, row)
		}
		r.Logits[i], r.Pred[i] = row, argmax(row)
	}
	r.Score = dataset.Score(p.w.task.Score, r.Pred, r.Gold)
	return r, nil
}

// finite reports whether no value is a NaN or an infinity: the larger of two such logits says nothing.
func finite(x []float32) bool {
	for _, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return false
		}
	}
	return true
}

func argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
