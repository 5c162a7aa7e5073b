//go:build unix

package steps

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// child starts a binary as a process of its own.
type child struct {
	*exec.Cmd
	t      *testing.T
	stderr *bufio.Reader
	seen   strings.Builder
}

func start(t *testing.T, line string, env ...string) *child {
	t.Helper()
	words := strings.Fields(line)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.Command(exe, words[1:]...), t: t}
	c.Env = append(append(os.Environ(), stepVariable+"="+words[0]), env...)
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stderr = bufio.NewReader(pipe)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	return c
}

// await reads stderr up to a line that holds s.
func (c *child) await(s string) {
	c.t.Helper()
	for {
		line, err := c.stderr.ReadString('\n')
		c.seen.WriteString(line)
		if strings.Contains(line, s) {
			return
		}
		if err != nil {
			c.t.Fatalf("the process ended without saying %q:\n%s", s, c.seen.String())
		}
	}
}

// end waits for the process and returns its exit status and all of stderr.
func (c *child) end() (int, string) {
	c.t.Helper()
	rest, err := io.ReadAll(c.stderr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.seen.Write(rest)
	_ = c.Wait() // the status says it
	return c.ProcessState.ExitCode(), c.seen.String()
}

// A run of some seconds, so that it can be met half-way; every run of these tests is this one.
const longRun = "train --backbone tiny --data_path data --prompt_size 4 --epoch 60 --bz 8 --lr 1e-2 --eval_every_step 10 --random_seed 7 "

// trainedFiles are what a run and its resumption have to agree in, bit for bit.
var trainedFiles = []string{"best-backbone.safetensors", "optimizer.safetensors", "scheduler.json"}

type history struct {
	Steps     int
	BestStep  int `json:"best_step"`
	Test      float64
	Continued int `json:"continued_from"`
	History   []struct {
		Step      int
		Loss, Dev float64
	}
}

func (h history) same(t *testing.T, other history) {
	t.Helper()
	if len(h.History) != len(other.History) || h.Test != other.Test || h.BestStep != other.BestStep || h.Steps != other.Steps {
		t.Fatalf("results differ:\n%+v\n%+v", h, other)
	}
	for i := range h.History {
		if h.History[i] != other.History[i] {
			t.Fatalf("evaluation %d: %+v, want %+v", i, h.History[i], other.History[i])
		}
	}
}

// An interrupt saves the state, says how to go on and has exit status 130; what goes on from there is, bit for bit, the run that was never stopped.
func TestInterruptAndResume(t *testing.T) {
	workplace(t)
	var whole history
	mustJSON(t, longRun+"--save_to whole", &whole)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		dir := "run-" + sig.String()
		c := start(t, longRun+"--save_to "+dir)
		c.await("step 30:")
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		status, stderr := c.end()
		if status != 130 {
			t.Errorf("exit status %d after %v, want 130:\n%s", status, sig, stderr)
		}
		has(t, "stderr", stderr, "the state is saved, go on with: train --resume_from "+dir+" -p\n")
		// The hint as it stands, no other flag; then the seed's way, with all flags again.
		var resumed history
		line := "train --resume_from " + dir + " -p"
		if sig == syscall.SIGTERM {
			line = longRun + "--save_to " + dir + " --resume_from " + dir + " -p"
		}
		mustJSON(t, line, &resumed)
		if resumed.Continued < 30 || resumed.Continued >= whole.Steps {
			t.Errorf("went on from step %d of %d", resumed.Continued, whole.Steps)
		}
		resumed.same(t, whole)
		for _, f := range trainedFiles {
			same(t, dir+"/"+f, "whole/"+f)
		}
	}
}

// A process that is killed without a chance to save leaves a directory from which the run goes on, too, in another directory if so wished.
func TestKilledAndResumed(t *testing.T) {
	workplace(t)
	var whole, resumed history
	mustJSON(t, longRun+"--save_to whole", &whole)
	c := start(t, longRun+"--save_to killed")
	c.await("step 50:")
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.end()
	for _, f := range tree(t, "killed") {
		if strings.HasSuffix(f, ".npy") || strings.HasSuffix(f, "run.json") {
			t.Errorf("a killed run left %s", f)
		}
	}
	mustJSON(t, "train --resume_from killed/best-backbone -p --save_to elsewhere", &resumed)
	if resumed.Continued < 40 {
		t.Errorf("went on from step %d", resumed.Continued)
	}
	resumed.same(t, whole)
	for _, f := range trainedFiles {
		same(t, "elsewhere/"+f, "whole/"+f)
	}
}

// Interrupted before its first evaluation, a run has no best part; it goes on all the same. Every other step simply ends.
func TestInterruptedEarly(t *testing.T) {
	workplace(t)
	c := start(t, strings.Replace(longRun, "_step 10", "_step 100000", 1)+"--save_to early")
	deadline := time.Now().Add(20 * time.Second)
	for {
		if log, err := os.ReadFile("early/log.txt"); err == nil && strings.Contains(string(log), "training") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no training within 20 s")
		}
		time.Sleep(time.Millisecond)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status, stderr := c.end(); status != 130 {
		t.Fatalf("exit status %d:\n%s", status, stderr)
	}
	var resumed, whole history
	mustJSON(t, "train --resume_from early -p", &resumed)
	mustJSON(t, strings.Replace(longRun, "_step 10", "_step 100000", 1)+"--save_to whole", &whole)
	resumed.same(t, whole)
	same(t, "early/best-backbone.safetensors", "whole/best-backbone.safetensors")
}

// Where the disk is full, the run fails with one line that names the file; files that were whole stay as they were, and nothing half-written is left.
func TestDiskFull(t *testing.T) {
	workplace(t)
	must(t, "train --backbone tiny --data_path data --save_to run --epoch 1 --bz 16 --quiet")
	must(t, "probe --resume_from run -p --quiet")
	must(t, "skillneuron -a run/sst2/dev_perf --save_to run")
	for _, tc := range []struct {
		line, limit, names string
	}{
		{"train --backbone tiny --data_path data --save_to run --random_seed 9 --epoch 1 --bz 16 --quiet", "1000", "run/best-backbone.safetensors"},
		{"probe --resume_from run -p --random_seed 9 --train_rows 9 --quiet", "5000", "run/sst2/train_avg.npy"},
		{"skillneuron -a run/sst2/test_perf --save_to run --type min", "200", "run/info/sst2/0.0.npy"},
		{"prune --info_path run/info/sst2/0.1 --ths_path run/sst2/train_avg --resume_from run --save_to run/small", "20000", "run/small/best-backbone.safetensors"},
		{"getprunestructure --save_to run/structure", "100", "run/structure/PruneRoberta.json"},
		{"binarize --task_type tweet_eval --data_path three --save_to run/two", "20", "run/two/tweet_eval-pn/"},
	} {
		for _, s := range []string{"train", "dev", "test"} {
			write(t, "three/"+s+".tsv", threeLabels(12))
		}
		before := map[string]string{}
		for _, f := range tree(t, "run") {
			before[f] = string(read(t, f))
		}
		c := start(t, tc.line, limitVariable+"="+tc.limit)
		status, stderr := c.end()
		if status != 1 || strings.Count(stderr, "\n") != 1+strings.Count(stderr, "warning: ") {
			t.Errorf("%s\nexit status %d, want 1 and one line:\n%s", tc.line, status, stderr)
		}
		has(t, "stderr", stderr, tc.names, "file too large")
		for _, f := range tree(t, "run") {
			old, was := before[f]
			switch {
			case strings.HasSuffix(f, "log.txt"), strings.HasSuffix(f, "/vocab.json"), strings.HasSuffix(f, "/merges.txt"):
			case !was:
				t.Errorf("%s left %s", tc.line, f)
			case string(read(t, f)) != old:
				t.Errorf("%s changed %s", tc.line, f)
			}
			delete(before, f)
		}
		for f := range before {
			t.Errorf("%s removed %s", tc.line, f)
		}
	}
}
