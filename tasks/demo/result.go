package demo

import (
	"bytes"
	"encoding/json"
	"path/filepath"

	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report"
	"github.com/skillneuron/skillneuron/tasks/stats"
)

// ResultFile is the [Result] as JSON, in the demo's folder.
const ResultFile = "demo.json"

// Result is all that the demo found. Scores, shares and probabilities are fractions.
type Result struct {
	Note      string        `json:"note"` // what the figures are not
	Machine   Machine       `json:"machine"`
	Dir       string        `json:"dir"`
	Backbone  string        `json:"backbone"`
	DataPath  string        `json:"data_path"`
	Task      string        `json:"task_type"`
	Labels    []string      `json:"labels"` // verbalizer words by class
	Seed      uint64        `json:"seed"`
	Plan      Plan          `json:"plan"`
	Chosen    string        `json:"plan_chosen"` // why this plan
	Fills     []Fill        `json:"fills"`
	Train     Training      `json:"train"`
	Neurons   Neurons       `json:"neurons"`
	Curves    []Curve       `json:"curves"`
	Pruned    []Pruned      `json:"pruned"`
	Speed     Speeds        `json:"speed"`
	Sentences []report.Card `json:"sentences"`
	Stages    []Stage       `json:"stages"`
	Seconds   float64       `json:"seconds"`
}

// Machine is what the demo ran on.
type Machine struct {
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	CPUs    int    `json:"cpus"`
	Threads int    `json:"threads"`
	Device  string `json:"device"` // device and kernel set
	Go      string `json:"go"`
	Version string `json:"version"`
}

// Fill is what the untuned backbone puts in place of a mask.
type Fill struct {
	Text  string     `json:"text"`
	Words []FillWord `json:"words"`
}

// FillWord is one candidate.
type FillWord struct {
	Word        string  `json:"word"`
	Probability float64 `json:"probability"`
}

// Training is the prompt's tuning.
type Training struct {
	*tasks.TrainResult
	TestInterval stats.Interval `json:"test_interval"` // Wilson
}

// Neurons is what probing and ranking found.
type Neurons struct {
	Count    int                `json:"count"`
	Layers   int                `json:"layers"`
	Width    int                `json:"width"`
	Majority float64            `json:"majority_dev"`
	Median   float64            `json:"median"`        // predictivity of all neurons on dev, each at its best prompt row
	Top1     float64            `json:"percentile_99"` // likewise
	Best     []tasks.BestNeuron `json:"best"`          // by measure; chosen on dev
	Top      []SkillNeuron      `json:"top"`           // the ten best at prompt rows
}

// Curve is one way to perturb, over shares of neurons.
type Curve struct {
	Kind      string         `json:"kind"` // zero, gaussian
	Alpha     float64        `json:"alpha,omitempty"`
	Sentences int            `json:"sentences"`
	Majority  float64        `json:"majority"`
	Draws     int            `json:"draws"`
	Baseline  stats.Interval `json:"baseline"` // nothing perturbed; Wilson
	Points    []Comparison   `json:"points"`
	Verdict   string         `json:"verdict"`
}

// Pruned is one pruned model.
type Pruned struct {
	Baseline   string      `json:"baseline"` // rows that the frozen neurons' baseline is averaged over: prompt or sentence
	Keep       int         `json:"keep"`     // percent of the neurons in pruned layers
	Dir        string      `json:"dir"`
	Widths     []int       `json:"widths"` // neurons of each layer
	Parameters int         `json:"parameters"`
	Share      float64     `json:"share"` // of the backbone's parameters
	Score      Against     `json:"score"`
	Further    *FurtherRun `json:"further,omitempty"` // the prompt tuned further
}

// FurtherRun is a pruned model after its prompt was tuned further.
type FurtherRun struct {
	Dir     string  `json:"dir"`
	Steps   int     `json:"steps"`
	Dev     float64 `json:"dev"`
	Score   Against `json:"score"`
	Seconds float64 `json:"seconds"`
}

// Against is a test score beside the full model's, on the same sentences.
type Against struct {
	Test       stats.Interval `json:"test"` // Wilson
	Difference stats.Paired   `json:"difference"`
}

// Speeds compares the full and a pruned model.
type Speeds struct {
	Full   *tasks.Speed `json:"full"`
	Pruned *tasks.Speed `json:"pruned"`
	Keep   int          `json:"keep"`  // percent, of the pruned one
	Ratio  float64      `json:"ratio"` // of the median times
	Low    float64      `json:"low"`   // smallest ratio between any two runs
	High   float64      `json:"high"`
}

// Stage is a part of the demo and the seconds it took.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

func (r *Result) write(dir string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return err
	}
	return safetensors.WriteFile(filepath.Join(dir, ResultFile), b.Bytes())
}
