package tasks

import "math"

// Schedule are the settings of a training run; they are recorded with it.
type Schedule struct {
	Epochs    int      `json:"epoch"`           // default 4
	BatchSize int      `json:"batch"`           // default 8
	EvalEvery int      `json:"eval_every_step"` // default 10
	LR        float64  `json:"lr"`              // default 1e-3
	Dropout   *float64 `json:"dropout"`         // default the configuration's own
	EarlyStop bool     `json:"early_stop"`      // stop after 6 evaluations without a better one
}

// Defaults of a [Schedule].
const (
	DefaultEpochs     = 4
	DefaultTrainBatch = 8
	DefaultEvalEvery  = 10
)

// fill takes from another schedule what this one leaves open.
func (s *Schedule) fill(from Schedule) {
	if s.Epochs == 0 {
		s.Epochs = from.Epochs
	}
	if s.BatchSize == 0 {
		s.BatchSize = from.BatchSize
	}
	if s.EvalEvery == 0 {
		s.EvalEvery = from.EvalEvery
	}
	if s.LR == 0 {
		s.LR = from.LR
	}
	if s.Dropout == nil {
		s.Dropout = from.Dropout
	}
	s.EarlyStop = s.EarlyStop || from.EarlyStop
}

func (s *Schedule) check() error {
	switch {
	case s.Epochs < 1:
		return usagef("--epoch %d: at least 1", s.Epochs)
	case s.BatchSize < 1:
		return usagef("--batch %d: at least 1", s.BatchSize)
	case s.EvalEvery < 1:
		return usagef("--eval_every_step %d: at least 1", s.EvalEvery)
	case !(s.LR > 0) || math.IsInf(s.LR, 0):
		return usagef("--lr %g: must be positive", s.LR)
	case s.Dropout != nil && !(*s.Dropout >= 0 && *s.Dropout < 1):
		return usagef("--dropout %g: 0 up to, not including, 1", *s.Dropout)
	}
	return nil
}
