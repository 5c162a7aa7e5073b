package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// lines is progress for logs: a line at most every so often, and one when a stretch ends.
type lines struct {
	name  string
	w     io.Writer
	every time.Duration
	now   func() time.Time

	mu          sync.Mutex
	open        bool
	what, unit  string
	done, total int
	begun, last time.Time
}

func newLines(name string, w io.Writer, every time.Duration, now func() time.Time) *lines {
	return &lines{name: name, w: w, every: every, now: now}
}

func (l *lines) Start(what string, total int, unit string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
	l.open, l.what, l.unit, l.total, l.done = true, what, unit, total, 0
	l.begun = l.now()
	l.last = l.begun
}

func (l *lines) Add(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.open {
		return
	}
	l.done += n
	now := l.now()
	if now.Sub(l.last) < l.every {
		return
	}
	l.last = now
	spent := now.Sub(l.begun)
	if l.total <= 0 {
		l.print(fmt.Sprintf("%s: %d %s, %s", l.what, l.done, l.unit, rate(l.done, spent, l.unit)))
		return
	}
	l.print(fmt.Sprintf("%s: %d of %d %s (%d %%), %s, %s left", l.what, l.done, l.total, l.unit,
		int(100*int64(l.done)/int64(l.total)), rate(l.done, spent, l.unit), left(l.done, l.total, spent)))
}

func (l *lines) Note(msg string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.print(oneLine(msg))
}

func (l *lines) Done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
}

func (l *lines) end() {
	if l.open {
		l.print(summary(l.what, l.unit, l.done, l.now().Sub(l.begun)))
		l.open = false
	}
}

// print writes one line; a log that cannot be written is no reason to stop the work.
func (l *lines) print(s string) { fmt.Fprintf(l.w, "%s: %s\n", l.name, s) }

// summary is what stays of a stretch that has ended.
func summary(what, unit string, done int, spent time.Duration) string {
	return fmt.Sprintf("%s: %s in %s (%s)", what, amount.Of(done, strings.TrimSuffix(unit, "s")), clock(spent), rate(done, spent, unit))
}

// rate prints units a second with three digits, or seconds a unit when they are slow.
func rate(n int, spent time.Duration, unit string) string {
	s := spent.Seconds()
	switch {
	case n == 0 || s <= 0:
		return "0 " + unit + "/s"
	case float64(n)/s >= 100:
		return fmt.Sprintf("%.0f %s/s", float64(n)/s, unit)
	case float64(n)/s >= 1:
		return fmt.Sprintf("%.1f %s/s", float64(n)/s, unit)
	}
	return fmt.Sprintf("%.2f %s/s", float64(n)/s, unit)
}

// left estimates the time that the rest takes at the rate so far.
func left(done, total int, spent time.Duration) string {
	if done <= 0 {
		return "?"
	}
	return clock(time.Duration(float64(spent) * float64(max(0, total-done)) / float64(done)))
}

// clock prints a time as 4.2s, 1m05s or 2h03m.
func clock(d time.Duration) string {
	switch s := int(d.Round(time.Second).Seconds()); {
	case s < 10:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	default:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
}
