package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wrongCall is an error of another package that marks a wrong call by its method alone.
type wrongCall struct{}

func (wrongCall) Error() string { return "no task ssst2; did you mean sst2?" }
func (wrongCall) Usage() bool   { return true }

// notWrong has the method and denies.
type notWrong struct{}

func (notWrong) Error() string { return "tensor w is missing" }
func (notWrong) Usage() bool   { return false }

// shapeBug panics as the engine's typed error does.
type shapeBug struct{}

func (*shapeBug) Error() string     { return "x is [2 3], w is [4 5]" }
func (*shapeBug) CallerBug() string { return "FFNUp" }

func TestRunStatus(t *testing.T) {
	report := "; please report it at " + Issues + "; SKILLNEURON_DEBUG=1 shows the trace"
	for _, tc := range []struct {
		name   string
		run    func(context.Context, []string) error
		status int
		stderr string
	}{
		{"fine", func(context.Context, []string) error { return nil }, 0, ""},
		{"answered", func(context.Context, []string) error { return ErrDone }, 0, ""},
		{"failed", func(context.Context, []string) error { return errors.New("disk full") }, 1, "train: disk full\n"},
		{"failed twice", func(context.Context, []string) error { return errors.Join(errors.New("a"), errors.New("b\n  c")) }, 1, "train: a; b; c\n"},
		{"own usage", func(context.Context, []string) error { return fmt.Errorf("w: %w", Usagef("no %s", "x")) }, 2,
			"train: w: no x (train --help lists the flags)\n"},
		{"foreign usage", func(context.Context, []string) error { return fmt.Errorf("task: %w", wrongCall{}) }, 2,
			"train: task: no task ssst2; did you mean sst2? (train --help lists the flags)\n"},
		{"denied usage", func(context.Context, []string) error { return notWrong{} }, 1, "train: tensor w is missing\n"},
		{"cancelled without an interrupt", func(context.Context, []string) error { return context.Canceled }, 1, "train: context canceled\n"},
		{"caller bug", func(context.Context, []string) error { panic(&shapeBug{}) }, 1,
			"train: internal error in FFNUp: x is [2 3], w is [4 5]" + report + "\n"},
		{"wrapped caller bug", func(context.Context, []string) error { panic(fmt.Errorf("layer 3: %w", &shapeBug{})) }, 1,
			"train: internal error in FFNUp: layer 3: x is [2 3], w is [4 5]" + report + "\n"},
		{"other panic", func(context.Context, []string) error { panic("odd\nthing") }, 1, "train: internal error: odd; thing" + report + "\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if got := Run(t.Context(), "train", nil, &out, &errs, tc.run); got != tc.status {
				t.Errorf("status %d, want %d", got, tc.status)
			}
			if errs.String() != tc.stderr || out.Len() > 0 {
				t.Errorf("stderr %q, want %q; stdout %q", errs.String(), tc.stderr, out.String())
			}
		})
	}
}

func TestDebugShowsTrace(t *testing.T) {
	var errs bytes.Buffer
	p := process{name: "train", stderr: &errs, debug: true}
	if got := p.run(t.Context(), func(context.Context, []string) error { panicHere(); return nil }); got != 1 {
		t.Errorf("status %d", got)
	}
	if s := errs.String(); !strings.Contains(s, "panicHere") || !strings.Contains(s, "main_test.go") {
		t.Errorf("no trace in %q", s)
	}
}

func panicHere() { panic("here") }

func TestSignals(t *testing.T) {
	signals := make(chan os.Signal, 2)
	exited := make(chan int, 1)
	var errs bytes.Buffer
	p := process{name: "train", stderr: &errs, signals: signals, exit: func(code int) { exited <- code }}
	got := p.run(t.Context(), func(ctx context.Context, _ []string) error {
		signals <- os.Interrupt
		<-ctx.Done()
		return fmt.Errorf("stopped at step 7, --resume_from d -p goes on: %w", ctx.Err())
	})
	if got != StatusInterrupted {
		t.Errorf("status %d after one signal", got)
	}
	want := "train: interrupted, coming to an end; once more stops at once\ntrain: stopped at step 7, --resume_from d -p goes on\n"
	if errs.String() != want {
		t.Errorf("stderr %q, want %q", errs.String(), want)
	}

	// The second signal must not wait for a run that does not listen.
	release := make(chan struct{})
	ended := make(chan int, 1)
	go func() {
		ended <- p.run(t.Context(), func(context.Context, []string) error { <-release; return nil })
	}()
	signals <- os.Interrupt
	signals <- syscall.SIGTERM
	select {
	case code := <-exited:
		if code != StatusInterrupted {
			t.Errorf("exit %d on the second signal", code)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the second signal ended nothing")
	}
	close(release)
	if code := <-ended; code != StatusOK {
		t.Errorf("a run that finished despite an interrupt has status %d", code)
	}
}

// TestMainProcess runs a binary's main for real: this test's own, started again with a variable set.
func TestMainProcess(t *testing.T) {
	if os.Getenv("CLI_TEST_MAIN") != "" {
		os.Args = []string{"train"}
		Main("train", func(ctx context.Context, _ []string) error {
			fmt.Println("ready")
			<-ctx.Done()
			return ctx.Err()
		})
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		t.Skip("this system sends no SIGTERM to a process")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestMainProcess$")
	cmd.Env = append(os.Environ(), "CLI_TEST_MAIN=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != StatusInterrupted {
		t.Errorf("exit status %d", code)
	}
	if !strings.HasSuffix(errs.String(), "\ntrain: interrupted\n") {
		t.Errorf("stderr %q", errs.String())
	}
}
