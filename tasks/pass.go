package tasks

import (
	"context"
	"fmt"
	"math"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// pass runs the model over a split once. prepare says, for a batch of examples lo…hi-1, what to compute; use takes what came out.
type pass struct {
	w       *workspace
	split   dataset.Split
	tokens  []dataset.Prompted // of every example, where they are made before the pass; else a batch's are made with it, and memory does not grow with the split
	session *roberta.Session
	batch   *roberta.Batch
	out     []float32
	quiet   bool // no progress of its own
}

// quietly makes a pass that rides inside other work.
func quietly(p *pass) *pass {
	p.quiet = true
	return p
}

func (w *workspace) newPass(s dataset.Split) *pass {
	return &pass{w: w, split: s, session: w.model.NewSession(), batch: w.model.NewBatch()}
}

// batchSize is the sentences of a batch, no more than the split has.
func (p *pass) batchSize() int { return p.w.batchOf(p.split) }

// batchOf is the batch size for a split, no more than it has: buffers are made for it.
func (w *workspace) batchOf(s dataset.Split) int { return max(1, min(w.Common.batch(), s.Len())) }

// encoded are the tokens of example i.
func (p *pass) encoded(i int) dataset.Prompted {
	if p.tokens != nil {
		return p.tokens[i]
	}
	return p.w.example(p.split.Examples[i])
}

func (p *pass) close() { p.session.Close() }

func (p *pass) run(ctx context.Context, prepare func(b *roberta.Batch, lo, hi int) roberta.Run, use func(lo, hi int, out []float32) error) error {
	size := p.batchSize()
	for lo := 0; lo < p.split.Len(); lo += size {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(lo+size, p.split.Len())
		p.batch.Reset()
		for i := lo; i < hi; i++ {
			p.w.add(p.batch, p.encoded(i), p.split.Examples[i].ID)
		}
		out, err := p.session.Forward(p.out, p.batch, prepare(p.batch, lo, hi))
		if err != nil {
			return err
		}
		if out != nil {
			p.out = out
		}
		if use != nil {
			if err := use(lo, hi, out); err != nil {
				return err
			}
		}
		if !p.quiet {
			p.w.progress().Add(hi - lo)
		}
	}
	return nil
}

// Predictions are a classifier's answers on one split.
type Predictions struct {
	Logits [][]float32 // [examples][classes], verbalizer logits
	Pred   []int       // class of the largest logit, the lower index where equal
	Gold   []int
	Score  float64 // by the task's metric
}

// predict scores the split, under edits unless pert is nil.
func (p *pass) predict(ctx context.Context, pert *Perturbation) (*Predictions, error) {
	w := p.w
	classes := len(w.words.IDs)
	n := p.split.Len()
	r := &Predictions{Gold: p.split.Gold(), Logits: make([][]float32, 0, n), Pred: make([]int, 0, n)}
	all := make([]float32, 0, n*classes)
	ids, join := roberta.Joined(w.words.IDs)
	err := p.run(ctx, func(b *roberta.Batch, _, _ int) roberta.Run {
		return roberta.Run{Read: b.At, IDs: ids, Join: join, Edits: pert.edits(b)}
	}, func(lo, hi int, out []float32) error {
		for i := range hi - lo {
			all = append(all, out[i*classes:(i+1)*classes]...)
			row := all[len(all)-classes : len(all) : len(all)]
			if !finite(row) {
				return fmt.Errorf("sentence %d of the %s split: its logits are %v; the weights, the prompt or what neurons are set to hold values out of range", p.split.Examples[lo+i].ID+1, p.split.Name, row)
			}
			r.Logits = append(r.Logits, row)
			r.Pred = append(r.Pred, argmax(row))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.Score = dataset.Score(w.task.Score, r.Pred, r.Gold)
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
