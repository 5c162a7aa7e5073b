package main

import (
	"strings"

	"github.com/skillneuron/skillneuron/roberta"
)

// plan is how much of everything is measured.
type plan struct {
	Quick     bool         `json:"quick"`
	Threads   int          `json:"threads"`
	Products  []gemm       `json:"products"`
	Encoder   [2]int       `json:"encoder"`  // sentences, tokens
	Score     int          `json:"score"`    // SST-2 dev sentences; train, where dev has too few
	Probe     int          `json:"probe"`    // likewise
	Sentence  int          `json:"sentence"` // tokens
	Step      int          `json:"step"`     // SST-2 train sentences
	Batch     int          `json:"batch"`
	Prompt    int          `json:"prompt"` // rows, the mask's included
	Keep      float64      `json:"keep"`   // share of the neurons that pruned layers keep
	Repeat    int          `json:"repeat"` // products of a run: on a GPU one alone would be timed with the wait for it
	Pipeline  pipelinePlan `json:"pipeline"`
	PipelineB int          `json:"pipeline_batch"`
}

// gemm is a product [M, K]·[K, N].
type gemm struct {
	Name    string `json:"name"`
	M, N, K int
}

// pipelinePlan says how many rows of SST-2 the whole pipeline takes; 0: all.
type pipelinePlan struct {
	Train     int     `json:"train"`
	Dev       int     `json:"dev"`
	Test      int     `json:"test"`
	EvalEvery int     `json:"eval_every_step"`
	LR        float64 `json:"lr"`
	Seed      uint64  `json:"seed"`
	SpeedRuns int     `json:"speed_runs"`
}

// wholeSplit is more sentences than a split has.
const wholeSplit = 1 << 20

func newPlan(o options) plan {
	p := plan{
		Quick: o.quick, Threads: o.threads, Encoder: [2]int{32, 128}, Score: 256, Probe: 256, Repeat: 1, Sentence: 32, Step: 32, Batch: 32, Prompt: 16, Keep: 0.02, PipelineB: 32,
		Products: []gemm{
			{"product_4096x768x768", 4096, 768, 768}, {"product_4096x3072x768", 4096, 3072, 768},
			{"product_4096x768x3072", 4096, 768, 3072}, {"product_1024x768x768", 1024, 768, 768},
		},
		Pipeline: pipelinePlan{EvalEvery: 55, LR: 1e-2, Seed: 1, SpeedRuns: 3},
	}
	if o.quick {
		p.Encoder[0], p.Score, p.Probe, p.Step = 8, 64, 64, 8
		p.Pipeline.Train, p.Pipeline.Dev, p.Pipeline.Test, p.Pipeline.EvalEvery = 512, 64, 128, 8
	}
	if o.card() {
		p.Score, p.Probe, p.Step, p.Batch, p.Repeat = 4096, wholeSplit, 128, 128, 50
		if o.quick {
			p.Score, p.Probe = 512, 512
		}
		p.Products = []gemm{{"product_8192x3072x768", 8192, 3072, 768}, {"product_8192x768x3072", 8192, 768, 3072}}
	}
	if o.tiny {
		p.Encoder, p.Score, p.Probe, p.Step, p.Batch, p.Products = [2]int{2, 8}, 5, 5, 3, 2, []gemm{{"product", 5, 6, 7}}
		p.Pipeline.Train, p.Pipeline.Dev, p.Pipeline.Test = 16, 8, 8
	}
	return p
}

// card reports whether the device is a GPU, which is measured on larger batches.
func (o options) card() bool { return strings.HasPrefix(o.device, "cuda") }

// config is roberta-base's, or for tests one of the same kind that takes no time.
func (o options) config() roberta.Config {
	c := roberta.BaseConfig()
	if o.tiny {
		c.HiddenSize, c.NumHiddenLayers, c.NumAttentionHeads, c.IntermediateSize = 16, 2, 2, 64
	}
	c.HiddenDropoutProb, c.AttentionProbsDropoutProb = 0, 0
	return c
}
