package steps

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/skillneuron/skillneuron/tasks/progress"
)

// log shows log records among the progress, so that they do not tear a bar.
type log struct {
	show  func(string)
	level slog.Level
	attrs string
}

func newLog(p progress.Progress, quiet bool, w io.Writer, level slog.Level) *log {
	if quiet {
		return &log{show: func(s string) { fmt.Fprintln(w, s) }, level: level}
	}
	return &log{show: p.Note, level: level}
}

func (l *log) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }

func (l *log) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	if r.Level >= slog.LevelWarn {
		b.WriteString("warning: ")
	}
	b.WriteString(r.Message + l.attrs)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(attribute(a))
		return true
	})
	l.show(b.String())
	return nil
}

func (l *log) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *l
	for _, a := range attrs {
		out.attrs += attribute(a)
	}
	return &out
}

// WithGroup leaves groups out: nothing here nests.
func (l *log) WithGroup(string) slog.Handler { return l }

func attribute(a slog.Attr) string { return fmt.Sprintf(", %s %v", a.Key, a.Value) }
