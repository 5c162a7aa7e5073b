package tasks

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// later is a backend whose results are handed over when they are waited for, and that notes the order.
type later struct {
	engine.Backend
	log   *[]string
	marks *int
}

func (l later) Fetch(src engine.Tensor) func(dst []float32) error {
	x := make([]float32, src.Len())
	l.Download(x, src)
	loss := src.Len() == 1
	if loss {
		*l.log = append(*l.log, "begin loss")
	}
	return func(dst []float32) error {
		if loss {
			*l.log = append(*l.log, "wait loss")
		}
		copy(dst, x)
		return nil
	}
}

func (l later) Mark() func() error {
	n := *l.marks
	*l.marks++
	*l.log = append(*l.log, fmt.Sprint("begin ", n))
	return func() error {
		*l.log = append(*l.log, fmt.Sprint("wait ", n))
		return nil
	}
}

// TestStepsAhead: a step of training is begun before the loss of the one before is waited for, and the run, its losses, evaluations and checkpoints are what they are without.
func TestStepsAhead(t *testing.T) {
	be, err := kernels.Open("cpu", kernels.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	var log []string
	marks := 0
	async := later{be, &log, &marks}
	prompt := 3
	var losses [2][]float64
	var dirs [2]string
	for i, be := range []engine.Backend{be, async} {
		dirs[i] = t.TempDir()
		c := Common{Backbone: "mini", Mini: mini.FS(), DataPath: "../testdata/sst2", SaveTo: dirs[i], Backend: be, PromptSize: &prompt, Rows: Rows{Train: 10, Dev: 4, Test: 4}}
		log = log[:0]
		r, err := Train(t.Context(), TrainConfig{Common: c, Schedule: Schedule{Epochs: 1, BatchSize: 2, EvalEvery: 3, LR: 1e-2}})
		if err != nil {
			t.Fatal(err)
		}
		losses[i] = r.Losses
	}
	if len(losses[0]) != 5 || !slices.Equal(losses[0], losses[1]) {
		t.Errorf("losses %v, with steps ahead %v", losses[0], losses[1])
	}
	var steps []string
	for _, l := range log {
		if strings.Contains(l, "loss") {
			steps = append(steps, l)
		}
	}
	want := "begin loss, begin loss, wait loss, begin loss, wait loss, wait loss, begin loss, begin loss, wait loss, wait loss" // evaluations follow the third and the last
	if got := strings.Join(steps, ", "); got != want {
		t.Errorf("five steps: %s\nwant %s", got, want)
	}
	for _, name := range []string{lastFile, "best-backbone.safetensors"} {
		x, err := os.ReadFile(filepath.Join(dirs[0], name))
		if err != nil {
			t.Fatal(err)
		}
		if y, err := os.ReadFile(filepath.Join(dirs[1], name)); err != nil || !bytes.Equal(x, y) {
			t.Errorf("%s differs where steps may be ahead: %v", name, err)
		}
	}
}

// TestBatchesAhead: where the device computes while its caller goes on, a batch is begun before the one before it is waited for, and results are what they are without;
// but not where what a batch leaves on the device has yet to be read.
func TestBatchesAhead(t *testing.T) {
	be, err := kernels.Open("cpu", kernels.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	var log []string
	marks := 0
	async := later{be, &log, &marks}
	config := func(be engine.Backend) Common {
		return Common{ResumeFrom: tunedPrompts[0], Pretrained: true, DataPath: "../testdata/sst2", Mini: mini.FS(), SaveTo: t.TempDir(), Backend: be, Batch: 3, Rows: Rows{Train: 4, Dev: 5, Test: 11}}
	}
	var logits [2][][]float32
	for i, be := range []engine.Backend{be, async} {
		c := config(be)
		w, err := c.open(t.Context(), needs{data: true})
		if err != nil {
			t.Fatal(err)
		}
		p := w.newPass(w.data.Test)
		log, marks = log[:0], 0
		got, err := p.predict(t.Context(), nil)
		p.close()
		if err != nil {
			t.Fatal(err)
		}
		logits[i] = got.Logits
	}
	want := "begin 0, begin 1, wait 0, begin 2, wait 1, begin 3, wait 2, wait 3"
	if got := strings.Join(log, ", "); got != want {
		t.Errorf("four batches: %s\nwant %s", got, want)
	}
	for i, x := range logits[0] {
		if !slices.Equal(x, logits[1][i]) {
			t.Errorf("sentence %d: %v, with batches ahead %v", i, x, logits[1][i])
		}
	}
	for _, probe := range []ProbeType{ProbeAll, ProbePos, ProbePromptAct} {
		var dirs [2]string
		for i, be := range []engine.Backend{be, async} {
			c := config(be)
			if dirs[i] = c.SaveTo; probe == ProbePromptAct {
				c.DataPath = ""
			}
			if _, err := Probe(t.Context(), ProbeConfig{Common: c, Type: probe, Layer: 1, Pos: 5}); err != nil {
				t.Fatal(err)
			}
		}
		files, err := filepath.Glob(filepath.Join(dirs[0], "*", "*.npy"))
		more, err2 := filepath.Glob(filepath.Join(dirs[0], "*", "*", "*.npy"))
		if files = append(files, more...); err != nil || err2 != nil || len(files) == 0 {
			t.Fatalf("%s wrote no arrays: %v, %v", probe, err, err2)
		}
		for _, f := range files {
			name := strings.TrimPrefix(f, dirs[0])
			x, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if y, err := os.ReadFile(dirs[1] + name); err != nil || !bytes.Equal(x, y) {
				t.Errorf("%s: %s differs where batches may be ahead: %v", probe, name, err)
			}
		}
	}
}
