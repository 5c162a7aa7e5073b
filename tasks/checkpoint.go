package tasks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// Files of a training run.
const (
	lastFile      = "last-checkpoint.safetensors" // all state of the last step, in one file
	optimizerFile = "optimizer.safetensors"       // moments at the best evaluation
	schedulerFile = "scheduler.json"              // place in the schedule at the best evaluation
)

// trainState is all of a run's state that is no tensor.
type trainState struct {
	Tuned     roberta.Tuned   `json:"tuned"`
	Schedule  Schedule        `json:"schedule"`
	DataPath  string          `json:"data_path"`
	Data      dataset.Options `json:"data_options"`
	Rows      Rows            `json:"rows"`
	Digests   []string        `json:"digests"` // of the train and dev split
	Kernels   string          `json:"kernels"`
	Step      int             `json:"step"`
	Total     int             `json:"total"`
	Best      float64         `json:"best"`
	BestStep  int             `json:"best_step"`
	SinceBest int             `json:"since_best"` // evaluations
	LossSum   float64         `json:"loss_sum"`   // since the last evaluation
	LossSteps int             `json:"loss_steps"`
	History   []Point         `json:"history"`
	Continued int             `json:"continued,omitempty"`
	Stopped   bool            `json:"stopped,omitempty"`
	Finished  bool            `json:"finished"`
}

// differs says what makes two runs different ones; empty where b goes on from a.
func (a *trainState) differs(b *trainState) string {
	switch {
	case !slices.Equal(a.Digests, b.Digests):
		return "the data are not the same"
	case !equalJSON(a.Schedule, b.Schedule):
		return "the training flags are not the same"
	case a.Tuned.Seed != b.Tuned.Seed:
		return "the seed is not the same"
	case a.Tuned.Method != b.Tuned.Method || a.Tuned.PromptSize != b.Tuned.PromptSize || a.Tuned.Backbone != b.Tuned.Backbone:
		return "the model is not the same"
	case a.Tuned.Concat != b.Tuned.Concat:
		return "pairs are not joined in the same way"
	case !slices.EqualFunc(a.Tuned.IDs, b.Tuned.IDs, slices.Equal[[]int32]):
		return "the verbalizer is not the same"
	case a.Tuned.Template != b.Tuned.Template:
		return "the template is not the same"
	}
	return ""
}

func equalJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// checkpoint is a file of training state.
type checkpoint struct {
	state trainState
	file  *safetensors.File
}

const stateKey = "training"

// readCheckpoint opens a checkpoint; nil where there is none.
func readCheckpoint(path string) (*checkpoint, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	c := &checkpoint{file: f}
	if err := json.Unmarshal([]byte(f.Metadata()[stateKey]), &c.state); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: metadata %q: %w", path, stateKey, err)
	}
	if s := c.state; s.Step < 0 || s.Step > s.Total {
		f.Close()
		return nil, fmt.Errorf("%s: step %d of %d: the file is damaged", path, s.Step, s.Total)
	}
	return c, nil
}

// Unfinished reports whether dir holds a training run that was stopped before its end and can go on.
func Unfinished(dir string) (bool, error) {
	c, err := readCheckpoint(filepath.Join(dir, lastFile))
	if err != nil || c == nil {
		return false, err
	}
	return !c.state.Finished, c.file.Close()
}

func (t *trainer) saveLast() error {
	if err := t.settle(); err != nil {
		return err
	}
	t.saved = time.Now()
	// JSON has no -Inf: before the first evaluation there is no best.
	s := t.state
	if len(s.History) == 0 {
		s.Best = 0
	}
	meta, err := json.Marshal(s)
	if err != nil {
		return err
	}
	tensors := t.moments()
	for _, p := range t.params {
		tensors = append(tensors, safetensors.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Floats(t.be)})
	}
	if err := t.be.Sync(); err != nil { // a device that has failed gives numbers that nobody wants to go on from
		return err
	}
	return safetensors.Write(filepath.Join(t.dir, lastFile), tensors, map[string]string{stateKey: string(meta)})
}

// moments are Adam's, by value: keys and values of one layer are one.
func (t *trainer) moments() []safetensors.Tensor {
	var out []safetensors.Tensor
	names := valueNames(t.params)
	for i, v := range t.adam.Params() {
		m, s := t.adam.Moments(i)
		for k, x := range map[string][]float32{"exp_avg.": make([]float32, v.T.Len()), "exp_avg_sq.": make([]float32, v.T.Len())} {
			from := m
			if k == "exp_avg_sq." {
				from = s
			}
			t.be.Download(x, from)
			out = append(out, safetensors.Tensor{Name: k + names[i], Shape: []int{v.T.Rows, v.T.Cols}, Data: x})
		}
	}
	slices.SortFunc(out, func(a, b safetensors.Tensor) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

// valueNames names each value after its first parameter.
func valueNames(params []roberta.Param) []string {
	var out []string
	for _, v := range roberta.Values(params) {
		for _, p := range params {
			if p.Value == v {
				out = append(out, p.Name)
				break
			}
		}
	}
	return out
}

// saveTuned writes the tuned part, and beside a pruned model's its tokenizer.
func (t *trainer) saveTuned() error {
	if err := roberta.SaveTuned(filepath.Join(t.dir, roberta.TunedFile), t.model, t.tuned); err != nil {
		return err
	}
	if t.tuned.Pruned != nil && t.dir != runDir(t.ResumeFrom) {
		return copyTokenizer(runDir(t.ResumeFrom), t.dir)
	}
	return nil
}

func (t *trainer) saveBest() error {
	if err := t.saveTuned(); err != nil {
		return err
	}
	meta := map[string]string{"step": fmt.Sprint(t.adam.Step)}
	if err := safetensors.Write(filepath.Join(t.dir, optimizerFile), t.moments(), meta); err != nil {
		return err
	}
	return writeJSON(filepath.Join(t.dir, schedulerFile), map[string]any{
		"step": t.state.Step, "total": t.linear.Total, "warmup": t.linear.Warmup, "lr": t.cfg.LR,
		"factor": t.linear.Factor(t.state.Step), "best": t.state.Best,
	})
}

// loadMoments reads Adam's state.
func (t *trainer) loadMoments(f *safetensors.File, step int) error {
	names := valueNames(t.params)
	for i, v := range t.adam.Params() {
		m, s := t.adam.Moments(i)
		for _, k := range []string{"exp_avg.", "exp_avg_sq."} {
			x, err := f.Float32s(k+names[i], v.T.Rows, v.T.Cols)
			if err != nil {
				return err
			}
			to := m
			if k == "exp_avg_sq." {
				to = s
			}
			t.be.Upload(to, x)
		}
	}
	t.adam.Step = step
	return nil
}

func (t *trainer) loadParams(f *safetensors.File) error {
	for _, p := range t.params {
		x, err := f.Float32s(p.Name, p.Shape...)
		if err != nil {
			return err
		}
		t.be.Upload(p.Tensor(), x)
	}
	return nil
}

// resumeLast goes on exactly where an unfinished run stood.
func (t *trainer) resumeLast(c *checkpoint) error {
	defer c.file.Close()
	if err := t.loadParams(c.file); err != nil {
		return err
	}
	if err := t.loadMoments(c.file, c.state.Step); err != nil {
		return err
	}
	if c.state.Kernels != t.be.Name() {
		t.Log.Warn("the run began with other kernels: its last bits may differ", "then", c.state.Kernels, "now", t.be.Name())
	}
	best := t.state.Best
	kernels := t.state.Kernels
	t.state = c.state
	t.state.Kernels, t.state.Continued = kernels, c.state.Step
	if len(c.state.History) == 0 {
		t.state.Best = best
	}
	t.Log.Info("going on", "from", t.ResumeFrom, "step", t.state.Step, "of", t.linear.Total)
	return t.bringBest()
}

// bringBest copies the best part of the run so far where the run goes on in another directory.
func (t *trainer) bringBest() error {
	if filepath.Clean(t.dir) == filepath.Clean(runDir(t.ResumeFrom)) {
		return nil
	}
	for _, name := range []string{roberta.TunedFile, optimizerFile, schedulerFile} {
		data, err := os.ReadFile(filepath.Join(runDir(t.ResumeFrom), name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = safetensors.WriteFile(filepath.Join(t.dir, name), data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// resumeBest goes on from the best evaluation, with the optimizer's state and the schedule's place of that moment.
func (t *trainer) resumeBest() error {
	var s struct {
		Step int     `json:"step"`
		Best float64 `json:"best"`
	}
	if err := readJSON(filepath.Join(runDir(t.ResumeFrom), schedulerFile), &s); err != nil {
		return err
	}
	f, err := safetensors.Open(filepath.Join(runDir(t.ResumeFrom), optimizerFile))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := t.loadMoments(f, s.Step); err != nil {
		return err
	}
	if s.Step >= t.linear.Total {
		return usagef("the best evaluation was at step %d and these flags make %s: nothing is left to train; raise --epoch", s.Step, amount.Of(t.linear.Total, "step"))
	}
	t.state.Step, t.state.Best, t.state.BestStep, t.state.Continued = s.Step, s.Best, s.Step, s.Step
	t.Log.Info("going on from the best evaluation", "from", t.ResumeFrom, "step", s.Step, "best", s.Best)
	return t.bringBest()
}

// restart begins a new run from the best part of another one.
func (t *trainer) restart(why string) error {
	t.Log.Info("a new run starts from the best part: "+why, "dir", t.ResumeFrom)
	f, err := safetensors.Open(filepath.Join(runDir(t.ResumeFrom), roberta.TunedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds an unfinished run that cannot go on (%s) and has no best part yet; start it again without -p", t.ResumeFrom, why)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return t.loadParams(f)
}

// loadBest puts the best part back into the model.
func (t *trainer) loadBest() error {
	f, err := safetensors.Open(filepath.Join(t.dir, roberta.TunedFile))
	if err != nil {
		return err
	}
	defer f.Close()
	return t.loadParams(f)
}
