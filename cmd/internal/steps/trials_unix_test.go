//go:build unix

package steps

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skillneuron/skillneuron/tasks/trials"
)

// A run that is interrupted says that the same command goes on; one that is killed goes on all the same.
func TestTrialsKilled(t *testing.T) {
	tweets(t)
	var want trials.Result
	mustJSON(t, threeTrials+"--save_to whole", &want)
	for _, c := range []struct {
		at     string
		signal syscall.Signal
		status int
	}{{"step 3 of 10", syscall.SIGKILL, -1}, {"step 6:", syscall.SIGKILL, -1}, {"step 9 of 10", syscall.SIGKILL, -1}, {"step 1 of 10", syscall.SIGINT, 130}} {
		dir := "killed"
		p := start(t, threeTrials+"--save_to "+dir)
		p.await(c.at)
		if err := p.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		status, stderr := p.end()
		if status == 0 {
			t.Logf("%s: the run ended before the signal", c.at)
		} else if status != c.status {
			t.Errorf("%s: exit status %d, want %d: %s", c.at, status, c.status, stderr)
		}
		if status == 130 {
			has(t, "stderr", stderr, "the same command goes on\n")
		}
		var got trials.Result
		mustJSON(t, threeTrials+"--save_to "+dir, &got)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(trials.Result{}, "Dir", "Seconds", "Resumed")); diff != "" {
			t.Errorf("%s:\n%s", c.at, diff)
		}
		if err := syscall.Rename(dir, dir+" "+c.at); err != nil {
			t.Fatal(err)
		}
	}
}
