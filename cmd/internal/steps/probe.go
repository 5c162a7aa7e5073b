package steps

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// Probe runs the binary probe.
func Probe(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:    "probe",
		Purpose: "measures what single neurons tell of a task, or how fast a model is.",
		Examples: []string{
			"# predictivity of every neuron at every prompt row\nprobe --resume_from example -p --data_path testdata/sst2 --probe_type acc",
			"# the same pooled over the sentence, too, in one pass\nprobe --resume_from example -p --data_path testdata/sst2 --probe_type all",
			"# activations of neuron 17 of layer 5\nprobe --resume_from example -p --data_path testdata/sst2 --probe_type pos --pos 5,17",
		},
	})
	kind, at := string(tasks.ProbeAcc), neuron{}
	var addMask, thresholds string
	names := make([]string, len(tasks.ProbeTypes))
	for i, t := range tasks.ProbeTypes {
		names[i] = string(t)
	}
	c.Group(cli.GroupWhat)
	c.ChoiceVar(&kind, "probe_type", "what to measure: predictivity at prompt rows, of the mean or the maximum over the sentence, or all three; averages alone, for a task of any number of labels; one neuron's activations; all neurons' at the mask; speed", names...)
	c.Var(&at, "pos", "`L,I`: the neuron of --probe_type pos: layer and index, counted from 0; a third number is ignored, as in the original")
	c.DefaultText("pos", "none")
	c.StringVar(&addMask, "add_mask", "", "`FILE`: probe while this mask's neurons are set to --ths_path")
	c.StringVar(&thresholds, "ths_path", "", "`FILE`: what --add_mask sets neurons to")
	c.Common(&c.o, "save_to", "batch")
	c.DefaultText("save_to", "--resume_from")
	c.modelFlags()
	c.dataFlags(true)
	c.DefaultText("task_type", "the resumed run's, else sst2; empty for prompt_act")
	c.Common(&c.o, "verb", "template")
	c.runFlags()
	c.Check(func() error {
		switch {
		case kind == string(tasks.ProbePos) && !at.set:
			return cli.Usagef("--probe_type pos reads one neuron: say which with --pos LAYER,INDEX")
		case kind != string(tasks.ProbePos) && at.set:
			return cli.Usagef("--pos goes with --probe_type pos, not %s", kind)
		}
		return nil
	})
	if err := c.Parse(args); err != nil {
		return err
	}
	cfg := tasks.ProbeConfig{
		Common: c.common(), Type: tasks.ProbeType(kind), Layer: at.layer, Pos: at.index, AddMask: addMask, Thresholds: thresholds,
	}
	c.freshPart(cfg.Log)
	r, err := tasks.Probe(ctx, cfg)
	if err != nil {
		return err
	}
	return c.Result(&c.o, r, c.probed(r))
}

func (c *call) probed(r *tasks.ProbeResult) table.Table {
	t := table.Table{Columns: []string{"written"}}
	switch {
	case r.Speed != nil:
		t = speed(r)
	case len(r.Best) > 0:
		t = c.best(r)
	default:
		t.Caption = fmt.Sprintf("activations on %s (%.1f s)", r.Task, r.Seconds)
		for _, f := range r.Files {
			t.Add(f)
		}
		return t
	}
	return t
}

// best is the table of the best neuron of each measure.
func (c *call) best(r *tasks.ProbeResult) table.Table {
	t := table.Table{
		Caption: fmt.Sprintf("The neuron that tells the labels of %s apart best, chosen on dev", r.Task),
		Columns: []string{"measure", "layer", "neuron", "prompt row", "active means", "dev", "test"},
	}
	for _, b := range r.Best {
		row := "sentence"
		if b.Row >= 0 {
			row = fmt.Sprint(b.Row)
		}
		t.Add(b.Measure, b.Layer, b.Neuron, row, fmt.Sprintf("label %d", b.Above), score(b.Dev), score(b.Test))
	}
	t.Notes = append(t.Notes,
		fmt.Sprintf("accuracies of one neuron against its threshold; always answering the largest class gives dev %s, test %s", score(r.DevMajority), score(r.Majority)),
		fmt.Sprintf("written to %s: %s (%.1f s)", r.Dir, strings.Join(bases(r.Files), ", "), r.Seconds))
	for _, f := range r.Files {
		if name := filepath.Base(f); strings.HasPrefix(name, "dev_") {
			perf := filepath.Join(r.Dir, strings.TrimSuffix(name, ".npy"))
			t.Notes = append(t.Notes, next("skillneuron --save_to %s -a %s", tasks.ShellWord(filepath.Dir(r.Dir)), tasks.ShellWord(perf)))
			break
		}
	}
	return t
}

func speed(r *tasks.ProbeResult) table.Table {
	s := r.Speed
	t := table.Table{
		Caption: fmt.Sprintf("The test split of %s, %s, three times after a warm-up", r.Task, amount.Of(s.Sentences, "sentence")),
		Columns: []string{"run", "score", "total", "tokenisation", "forward"},
	}
	for i := range s.Score {
		t.Add(i+1, score(s.Score[i]), seconds(s.Total[i]), seconds(s.Tokenise[i]), seconds(s.Forward[i]))
	}
	t.Notes = append(t.Notes,
		fmt.Sprintf("%.1f sentences/s by the median; the totals lie within %s of it; %s", s.Rate, percent(s.Spread), scored(s.Metric, r.Majority)),
		fmt.Sprintf("written to %s: %s", r.Dir, strings.Join(bases(r.Files), ", ")))
	return t
}

func seconds(s float64) string { return fmt.Sprintf("%.3f s", s) }

func bases(files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = filepath.Base(f)
	}
	return out
}

// neuron is a flag value LAYER,INDEX; a third number counts for nothing.
type neuron struct {
	layer, index int
	set          bool
}

func (n *neuron) String() string {
	if !n.set {
		return ""
	}
	return fmt.Sprintf("%d,%d", n.layer, n.index)
}
func (n *neuron) Type() string { return "neuron" }

func (n *neuron) wrong(s string) error {
	return cli.Usagef("--pos: %q is not a layer and an index, such as 5,17", s)
}

func (n *neuron) Set(s string) error {
	parts := strings.Split(s, ",")
	if len(parts) < 2 || len(parts) > 3 {
		return n.wrong(s)
	}
	var v [3]int
	for i, p := range parts {
		x, err := strconv.Atoi(strings.TrimSpace(p))
		if err != nil || x < 0 {
			return n.wrong(s)
		}
		v[i] = x
	}
	n.layer, n.index, n.set = v[0], v[1], true
	return nil
}
