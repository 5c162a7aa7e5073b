package tasks

import (
	"context"
	"path/filepath"
	"slices"
	"time"
)

// Speed is the score and the time of whole evaluations of the test split.
type Speed struct {
	Score     []float64 `json:"score"`   // one a repetition
	Total     []float64 `json:"total_s"` // tokenisation and forward
	Tokenise  []float64 `json:"tokenise_s"`
	Forward   []float64 `json:"forward_s"`
	Sentences int       `json:"sentences"`
	Rate      float64   `json:"sentences_per_s"` // by the median total
	Median    float64   `json:"median_s"`
	Spread    float64   `json:"spread"` // (slowest - fastest) / median of the totals
	Metric    string    `json:"metric"`
}

const speedRuns = 3

// speed scores the test split three times after a warm-up: inference_perf.json and inference_time.json.
func (p *prober) speed(ctx context.Context) error {
	s, err := p.measureSpeed(ctx, p.edit, speedRuns)
	if err != nil {
		return err
	}
	p.result.Speed = s
	for _, out := range []struct {
		name string
		x    []float64
	}{{"inference_perf", s.Score}, {"inference_time", s.Total}} {
		path := filepath.Join(p.dir, out.name+".json")
		p.result.Files = append(p.result.Files, path)
		if err := writeJSON(path, out.x); err != nil {
			return err
		}
	}
	return nil
}

func (w *workspace) measureSpeed(ctx context.Context, edit *Perturbation, runs int) (*Speed, error) {
	test := w.data.Test
	s := &Speed{Sentences: test.Len(), Metric: string(w.task.Score)}
	w.progress().Start("measuring speed", (runs+1)*test.Len(), "sentences")
	defer w.progress().Done()
	for k := range runs + 1 {
		start := time.Now()
		p := w.newPass(test)
		p.tokens = w.tokens(test)
		tokenised := time.Now()
		r, err := p.predict(ctx, edit)
		end := time.Now()
		p.close()
		if err != nil {
			return nil, err
		}
		if k == 0 {
			continue // the warm-up packs weights and takes memory
		}
		s.Score = append(s.Score, r.Score)
		s.Total = append(s.Total, end.Sub(start).Seconds())
		s.Tokenise = append(s.Tokenise, tokenised.Sub(start).Seconds())
		s.Forward = append(s.Forward, end.Sub(tokenised).Seconds())
	}
	sorted := append([]float64(nil), s.Total...)
	slices.Sort(sorted)
	s.Median = sorted[len(sorted)/2]
	s.Spread = (sorted[len(sorted)-1] - sorted[0]) / s.Median
	s.Rate = float64(s.Sentences) / s.Median
	return s, nil
}

// Measure scores and times the test split with a model, see [Speed].
func Measure(ctx context.Context, cfg Common, runs int) (*Speed, error) {
	w, err := cfg.open(ctx, needs{data: true})
	if err != nil {
		return nil, err
	}
	return w.measureSpeed(ctx, nil, max(1, runs))
}
