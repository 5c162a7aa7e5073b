package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// Issues is where to report a defect of the program.
const Issues = "https://github.com/skillneuron/skillneuron/issues"

// Main runs a binary and exits. It cancels ctx on SIGINT or SIGTERM (a second one ends the process at once), turns what run returns into an
// exit status and one line on stderr, and lets no panic of run's goroutine reach the user: that is one line too, which says where to report it;
// SKILLNEURON_DEBUG=1 shows the trace.
func Main(name string, run func(ctx context.Context, args []string) error) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	p := process{
		name: name, args: os.Args[1:], stdout: os.Stdout, stderr: os.Stderr,
		signals: signals, exit: os.Exit, debug: os.Getenv("SKILLNEURON_DEBUG") == "1",
	}
	os.Exit(p.run(context.Background(), run))
}

// Run is [Main] for callers that are no process of their own, such as tests: it takes no signals, writes to the given writers and returns the exit
// status. A context that is cancelled counts as an interrupt.
func Run(ctx context.Context, name string, args []string, stdout, stderr io.Writer,
	run func(ctx context.Context, args []string) error) int {
	p := process{name: name, args: args, stdout: stdout, stderr: stderr}
	return p.run(ctx, run)
}

// process is one call of a binary with everything that it takes from its surroundings.
type process struct {
	name           string
	args           []string
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	exit           func(int) // ends the process on the second signal
	debug          bool
}

func (p process) run(ctx context.Context, run func(context.Context, []string) error) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	finished := make(chan struct{})
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		p.watch(cancel, finished)
	}()

	err := p.guard(withStreams(ctx, p.stdout, p.stderr), run)
	interrupted := ctx.Err() != nil
	close(finished)
	<-watching

	code := status(err, interrupted)
	if code != StatusOK {
		msg := oneLine(err.Error())
		switch {
		case code == StatusUsage:
			msg += " (" + p.name + " --help lists the flags)"
		case code == StatusInterrupted && msg == context.Canceled.Error():
			msg = "interrupted"
		case code == StatusInterrupted:
			msg = strings.TrimSuffix(msg, ": "+context.Canceled.Error())
		}
		fmt.Fprintf(p.stderr, "%s: %s\n", p.name, msg)
	}
	return code
}

// watch cancels the run on the first signal and ends the process on the second.
func (p process) watch(cancel context.CancelFunc, finished <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-finished:
			return
		case <-p.signals:
		}
		if n > 0 {
			p.exit(StatusInterrupted)
			return
		}
		fmt.Fprintf(p.stderr, "%s: interrupted, coming to an end; once more stops at once\n", p.name)
		cancel()
	}
}

// guard turns a panic of run into an error.
func (p process) guard(ctx context.Context, run func(context.Context, []string) error) (err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		where := ""
		if e, ok := r.(error); ok {
			var bug interface{ CallerBug() string }
			if errors.As(e, &bug) {
				where = " in " + bug.CallerBug()
			}
		}
		hint := "; SKILLNEURON_DEBUG=1 shows the trace"
		if p.debug {
			fmt.Fprintf(p.stderr, "panic: %v\n\n%s\n", r, debug.Stack())
			hint = ""
		}
		err = fmt.Errorf("internal error%s: %v; please report it at %s%s", where, r, Issues, hint)
	}()
	return run(ctx, p.args)
}

type streamsKey struct{}

type streams struct{ out, err io.Writer }

func withStreams(ctx context.Context, out, err io.Writer) context.Context {
	return context.WithValue(ctx, streamsKey{}, streams{out, err})
}

// Streams returns where a run started by [Main] or [Run] writes its results and its messages; os.Stdout and os.Stderr under any other context.
func Streams(ctx context.Context) (stdout, stderr io.Writer) {
	if s, ok := ctx.Value(streamsKey{}).(streams); ok {
		return s.out, s.err
	}
	return os.Stdout, os.Stderr
}
