package steps

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	demostep "github.com/skillneuron/skillneuron/cmd/internal/demo"
	"github.com/skillneuron/skillneuron/tasks/demo"
)

func runDemo(ctx context.Context, line string) result {
	var out, errs bytes.Buffer
	status := cli.Run(ctx, "demo", strings.Fields(line), &out, &errs, demostep.Run)
	return result{status, out.String(), errs.String()}
}

const tinyDemo = "--backbone tiny --data_path data --prompt_size 6"

// The demo runs to its end, and the command lines that it ends with go on from its files.
func TestDemoAndNextCommands(t *testing.T) {
	workplace(t)
	t.Setenv("DEMO", "")
	r := runDemo(t.Context(), tinyDemo)
	if r.status != 0 {
		t.Fatalf("exit status %d: %s", r.status, r.stderr)
	}
	has(t, "demo", r.stdout, "not the numbers of the paper", "standard plan", "Everything in one table", "index.html", "Commands to try next")
	var found demo.Result
	readJSON(t, "demo-out/demo.json", &found)
	if found.Plan.Name != demo.PlanStandard || len(found.Curves[0].Points) != 4 || len(found.Pruned) != 8 {
		t.Errorf("%+v", found)
	}
	tried := 0
	_, next, _ := strings.Cut(r.stdout, "Commands to try next")
	for _, line := range strings.Split(next, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "bin/demo") {
			if r := runDemo(t.Context(), strings.TrimPrefix(line, "bin/demo")+" "+tinyDemo+" --plan brief --quiet --json"); r.status != 0 || !strings.HasPrefix(r.stdout, "{") {
				t.Errorf("%s: exit status %d: %s", line, r.status, r.stderr)
			}
			tried++
		} else if strings.HasPrefix(line, "bin/") {
			must(t, line)
			tried++
		}
	}
	if tried != 7 {
		t.Errorf("%d command lines were tried of\n%s", tried, next)
	}
	if _, err := os.Stat("demo-out-seed2/index.html"); err != nil {
		t.Error(err)
	}
}

func TestDemoCalls(t *testing.T) {
	workplace(t)
	t.Setenv("DEMO", "")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	write(t, "file", "")
	for _, c := range []struct {
		ctx    context.Context
		line   string
		status int
		says   string
	}{
		{t.Context(), "--plan ful", 2, "did you mean full?"},
		{t.Context(), "--prompt_size 0", 2, "--prompt_size 0"},
		{t.Context(), "--prompt_size 1", 2, "--prompt_size 1"},
		{t.Context(), "sentence", 2, "unexpected argument"},
		{t.Context(), tinyDemo + " --save_to file/out", 1, "--save_to"},
		{t.Context(), "--backbone nowhere/at/all", 1, "nowhere/at/all"},
		{t.Context(), "--backbone tiny --data_path nowhere", 1, "nowhere"},
		{ended, tinyDemo, 130, "interrupted"},
	} {
		r := runDemo(c.ctx, c.line)
		if r.status != c.status || !strings.Contains(r.stderr, c.says) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("demo %s: exit status %d, want %d: %q", c.line, r.status, c.status, r.stderr)
		}
	}
	if left, _ := filepath.Glob("*/demo.json"); left != nil {
		t.Errorf("results of runs that failed: %v", left)
	}
}

// DEMO=full is --plan full.
func TestDemoFull(t *testing.T) {
	workplace(t)
	t.Setenv("DEMO", "full")
	r := runDemo(t.Context(), tinyDemo+" --json --quiet")
	if r.status != 0 {
		t.Fatalf("exit status %d: %s", r.status, r.stderr)
	}
	var found demo.Result
	readJSON(t, "demo-out/demo.json", &found)
	if found.Plan.Name != demo.PlanFull || found.Curves[0].Sentences != 24 || found.Curves[0].Draws != 10 || found.Pruned[3].Further == nil {
		t.Errorf("%+v", found.Plan)
	}
}
