package tasks

import (
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// ManifestFile says, step by step, how everything in its directory came to be.
const ManifestFile = "run.json"

// Manifest is one step's entry in [ManifestFile].
type Manifest struct {
	Time      string                  `json:"time"`
	Version   string                  `json:"version"`
	Seed      uint64                  `json:"seed"`
	Device    string                  `json:"device"` // device and kernel set
	CPUs      int                     `json:"cpus"`
	Precision string                  `json:"precision"` // of products with weights
	Task      string                  `json:"task_type"`
	DataPath  string                  `json:"data_path,omitempty"`
	Data      *dataset.Options        `json:"data_options,omitempty"` // how the files were read, where it was said
	Digests   map[string]string       `json:"digests,omitempty"`      // of each split's rows, all of them
	Splits    *Splits                 `json:"splits,omitempty"`       // how they were made
	Rows      *Rows                   `json:"rows,omitempty"`         // how many of them were used, where fewer
	Concat    bool                    `json:"concat,omitempty"`       // pairs joined with nothing between
	Backbone  string                  `json:"backbone"`
	Method    string                  `json:"model_type"`
	Words     roberta.ByClass[string] `json:"words,omitempty"`
	IDs       roberta.ByClass[int32]  `json:"ids,omitempty"`
	Template  string                  `json:"template,omitempty"`
	Resumed   string                  `json:"resume_from,omitempty"`
	Step      any                     `json:"step"` // the step's own settings and results
}

// Splits says how the splits of a data set came to be.
type Splits struct {
	Rule  string         `json:"rule"`
	Rows  map[string]int `json:"rows"` // of each split, all of them
	Files []dataset.File `json:"files,omitempty"`
}

// Version is the module's version and revision as Go recorded them in the binary.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return v
}

// manifest writes the step's entry into run.json beside those of other steps.
func (w *workspace) manifest(step string, own any) error {
	m := Manifest{
		Time: time.Now().UTC().Format(time.RFC3339), Version: Version(), Seed: w.seed, Device: w.be.Name(), CPUs: runtime.NumCPU(), Precision: precision(w.be),
		Task: w.TaskType, Backbone: w.tuned.Backbone, Method: string(w.tuned.Method), Words: w.words.Words, IDs: w.words.IDs, Template: w.Template,
		Resumed: w.ResumeFrom, Step: own,
	}
	m.DataPath = absolute(w.DataPath)
	if !isZero(w.Data) {
		m.Data = &w.Data
	}
	m.Digests, m.Concat = w.rows, w.Concat
	if w.data != nil {
		m.Splits = &Splits{w.data.Rule, w.sizes, w.data.Files}
	}
	if w.Rows != (Rows{}) {
		m.Rows = &w.Rows
	}
	return addManifest(w.SaveTo, step, m)
}

// absolute makes a path good from anywhere on this machine.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func isZero(o dataset.Options) bool { return reflect.ValueOf(o).IsZero() }

// recordedData is where the run in dir had its data of the task, and how the files were read unless opt says otherwise: from its manifest, or from
// its checkpoint where it has not finished.
func recordedData(dir, task string, opt dataset.Options) (string, dataset.Options) {
	choose := func(path string, o *dataset.Options) (string, dataset.Options) {
		if o != nil && isZero(opt) {
			return path, *o
		}
		return path, opt
	}
	if c, err := readCheckpoint(filepath.Join(dir, lastFile)); err == nil && c != nil {
		s := c.state
		c.file.Close()
		if s.Tuned.Task == task && s.DataPath != "" {
			return choose(s.DataPath, &s.Data)
		}
	}
	all := map[string]Manifest{}
	if err := readJSON(filepath.Join(dir, ManifestFile), &all); err != nil {
		return "", opt // no run there, or not one of ours: whoever needs data says that none are named
	}
	for _, step := range slices.Sorted(maps.Keys(all)) {
		if m := all[step]; m.Task == task && m.DataPath != "" {
			return choose(m.DataPath, m.Data)
		}
	}
	return "", opt
}

// compareRows warns where a split is not the one that the resumed run recorded: other files, or another seed's cut, in which a sentence that a prompt was tuned on may
// be judged by it.
func (w *workspace) compareRows() {
	if w.ResumeFrom == "" {
		return
	}
	all := map[string]Manifest{}
	if readJSON(filepath.Join(runDir(w.ResumeFrom), ManifestFile), &all) != nil {
		return
	}
	m, ok := all["train"]
	if !ok || m.Task != w.TaskType {
		return
	}
	for _, s := range w.data.Splits() {
		if was, ok := m.Digests[s.Name]; ok && was != s.Digest {
			w.log().Warn("the split holds other rows than the run that is resumed had", "split", s.Name, "run", w.ResumeFrom, "data", w.DataPath, "seed", w.seed)
		}
	}
}

func addManifest(dir, step string, entry any) error {
	path := filepath.Join(dir, ManifestFile)
	all := map[string]any{}
	if err := readJSON(path, &all); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	all[step] = entry
	return writeJSON(path, all)
}
