package demo

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/progress"
)

// Defaults of a [Config].
const (
	DefaultDir      = "demo-out"
	DefaultData     = "testdata/sst2"
	DefaultBackbone = "mini"
)

const (
	task      = "sst2"
	batchSize = 32
	rate      = 1e-2
)

// Config is what the demo does. The zero value is the demo of `make demo`, but for Mini, without which Backbone has to name a directory.
type Config struct {
	Dir      string  // where everything is written; default [DefaultDir]
	DataPath string  // SST-2; default [DefaultData]
	Backbone string  // default [DefaultBackbone]
	Mini     fs.FS   // what Backbone "mini" opens
	Seed     *uint64 // decides everything random; nil: 1

	Device  string
	Kernels string
	Threads int
	Backend engine.Backend // used instead of the three above where not nil

	PromptSize int   // default 16
	Plan       *Plan // nil: the largest that should fit [Limit] seconds on this machine, see [Choose]

	Out      io.Writer         // what a reader sees; nil: nobody
	In       io.Reader         // sentences typed at the end, one a line, until an empty line; nil: none
	Progress progress.Progress // nil: none
}

func (c *Config) fill() {
	if c.Dir == "" {
		c.Dir = DefaultDir
	}
	if c.DataPath == "" {
		c.DataPath = DefaultData
	}
	if c.Backbone == "" {
		c.Backbone = DefaultBackbone
	}
	if c.Seed == nil {
		c.Seed = tasks.Ptr[uint64](tasks.DefaultSeed)
	}
	if c.PromptSize == 0 {
		c.PromptSize = tasks.DefaultPromptSize
	}
	if c.Out == nil {
		c.Out = io.Discard
	}
	c.Progress = progress.Or(c.Progress)
}

// prepare makes the folder, tests that it takes files, and removes what an earlier demo would leave to be mistaken for this one's result.
func prepare(dir string) (again bool, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, fmt.Errorf("--save_to %s: %w", dir, err)
	}
	f, err := os.CreateTemp(dir, ".write-test-*")
	if err != nil {
		return false, fmt.Errorf("--save_to %s is not writable: %w; name another folder", dir, err)
	}
	f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return false, err
	}
	if _, err := os.Stat(filepath.Join(dir, ResultFile)); err != nil {
		return false, nil
	}
	for _, name := range []string{ResultFile, "index.html"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			return true, err
		}
	}
	return true, nil
}
