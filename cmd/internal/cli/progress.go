package cli

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/skillneuron/skillneuron/tasks/progress"
)

// logEvery is how often work writes a line where there is no terminal.
const logEvery = 5 * time.Second

// Progress shows how far a step has come on stderr: a bar on a terminal, a line every few seconds otherwise, nothing with --quiet.
func (f *Flags) Progress(o *Options) progress.Progress {
	switch {
	case o.Quiet:
		return progress.Discard
	case terminal(f.stderr) && os.Getenv("TERM") != "dumb":
		return newBar(f.cmd.Name, f.stderr)
	}
	return newLines(f.cmd.Name, f.stderr, logEvery, time.Now)
}

// terminal reports whether w is one.
func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
