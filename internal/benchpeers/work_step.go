package main

import "github.com/skillneuron/skillneuron/roberta"

// step is one update of the prompt on one batch: zeroed gradients, forward, loss, backward, clipping, Adam. No dropout.
func (s *server) step() (*work, error) {
	h, err := s.model(s.in.Plan.Prompt)
	if err != nil {
		return nil, err
	}
	b := h.model.NewBatch()
	for i, ids := range s.in.Step.IDs {
		b.Add(ids, i)
	}
	session := h.model.NewTrainingSession()
	c := stepCost(h.model.Config, lengths(b))
	return &work{
		cost:  &c,
		close: session.Close,
		run: func() (map[string]float64, error) {
			h.adam.ZeroGrad()
			if _, err := session.Loss(b, roberta.Run{IDs: s.in.Verbalizer}, s.in.Step.Labels); err != nil {
				return nil, err
			}
			_, err := h.adam.Update(1e-3) // small, so that repetitions do the same
			return nil, err
		},
	}, nil
}
