package tasks

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// ManifestFile says, step by step, how everything in its directory came to be.
const ManifestFile = "run.json"

// Manifest is one step's entry in [ManifestFile].
type Manifest struct {
	Time     string            `json:"time"`
	Version  string            `json:"version"`
	Seed     uint64            `json:"seed"`
	Device   string            `json:"device"` // device and kernel set
	CPUs     int               `json:"cpus"`
	Task     string            `json:"task_type"`
	DataPath string            `json:"data_path,omitempty"`
	Digests  map[string]string `json:"digests,omitempty"` // of each split's rows
	Backbone string            `json:"backbone"`
	Method   string            `json:"model_type"`
	Words    []string          `json:"words,omitempty"`
	IDs      []int32           `json:"ids,omitempty"`
	Resumed  string            `json:"resume_from,omitempty"`
	Step     any               `json:"step"` // the step's own settings and results
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
		Time: time.Now().UTC().Format(time.RFC3339), Version: Version(), Seed: w.seed, Device: w.be.Name(), CPUs: runtime.NumCPU(),
		Task: w.TaskType, Backbone: w.tuned.Backbone, Method: string(w.tuned.Method), Words: w.words.Words, IDs: w.words.IDs,
		Resumed: w.ResumeFrom, Step: own,
	}
	if w.data != nil {
		m.DataPath, m.Digests = w.DataPath, map[string]string{}
		for _, s := range []dataset.Split{w.data.Train, w.data.Dev, w.data.Test} {
			m.Digests[s.Name] = s.Digest
		}
	}
	return addManifest(w.SaveTo, step, m)
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
