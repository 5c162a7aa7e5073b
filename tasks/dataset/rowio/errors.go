package rowio

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// A FileError is something wrong in a data file: where it is, what it is, and what to do about it, in one line.
type FileError struct {
	File    string // path of the file, or of the directory
	Row     int    // 1-based line where the row starts (in a JSON array: 1-based element); 0 for the file as a whole
	Column  string // name or 1-based number of the column; empty for the whole row
	Problem string
	Remedy  string
	Err     error // cause, where there is one
}

func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Row > 0 {
		fmt.Fprintf(&b, ": row %d", e.Row)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ": column %s", e.Column)
	}
	b.WriteString(": " + e.Problem)
	if e.Err != nil {
		b.WriteString(": " + oneLine(e.Err.Error()))
	}
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return visible(b.String())
}

func (e *FileError) Unwrap() error { return e.Err }

// inFile names the file of an error that a reader returned, and passes every other error on.
func inFile(path string, err error) error {
	if fe, ok := errors.AsType[*FileError](err); ok && fe.File == "" {
		fe.File = path
	}
	return err
}

// Quote shows a cell in an error: quoted, and short enough for one line.
func Quote(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// visible escapes what a terminal would act on and what would end the line: names of files may hold anything.
func visible(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// A UsageError is a wrong call: an unknown task, options that contradict each other. Commands exit with status 2 on it,
// where data that cannot be read exits with 1. Its text is one line and says what to do.
type UsageError struct{ Msg string }

func (e *UsageError) Error() string { return e.Msg }

// Usagef formats a [*UsageError].
func Usagef(format string, args ...any) error {
	return &UsageError{Msg: fmt.Sprintf(format, args...)}
}

// Usage marks the type for programs, which exit with the status of a wrong call.
func (e *UsageError) Usage() bool { return true }
