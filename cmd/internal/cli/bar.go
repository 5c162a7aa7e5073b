package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar is the progress bar of a terminal, with rate and time left. It vanishes when its stretch ends, and one line says how long it took.
type bar struct {
	name string
	w    io.Writer

	mu    sync.Mutex
	what  string
	unit  string
	done  int
	begun time.Time
	bar   *progressbar.ProgressBar
}

func newBar(name string, w io.Writer) *bar { return &bar{name: name, w: w} }

func (b *bar) Start(what string, total int, unit string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end()
	if total <= 0 {
		total = -1
	}
	b.what, b.unit, b.done, b.begun = what, unit, 0, time.Now()
	b.bar = progressbar.NewOptions(total,
		progressbar.OptionSetWriter(b.w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWidth(barWidth(b.w)),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString(unit),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░", BarStart: "", BarEnd: ""}),
		progressbar.OptionSetRenderBlankState(true),
	)
}

// A terminal that has gone away is no reason to stop the work: errors of the bar's own writing are dropped here and below.

func (b *bar) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil {
		return
	}
	b.done += n
	if limit := b.bar.GetMax(); limit >= 0 && b.done > limit {
		b.bar.ChangeMax(b.done)
	}
	_ = b.bar.Set(b.done)
}

func (b *bar) Note(msg string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil {
		fmt.Fprintln(b.w, oneLine(msg))
		return
	}
	_ = b.bar.Clear()
	fmt.Fprintf(b.w, "\r%s\n", oneLine(msg))
	_ = b.bar.RenderBlank()
}

func (b *bar) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end()
}

// end clears the bar and leaves its summary.
func (b *bar) end() {
	if b.bar == nil {
		return
	}
	_ = b.bar.Clear()
	_ = b.bar.Exit()
	fmt.Fprintf(b.w, "\r%s\n", summary(b.what, b.unit, b.done, time.Since(b.begun)))
	b.bar = nil
}

// barWidth leaves room on the line for the numbers beside the bar.
func barWidth(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			return min(28, max(4, columns-64))
		}
	}
	return 28
}
