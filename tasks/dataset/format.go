package dataset

import (
	"bufio"
	"io"
	"strings"
)

// A kind is what a format knows about a cell's type. TSV and CSV know none.
type kind int

const (
	untyped kind = iota
	str
	number
	boolean
	null
	compound // a JSON array or object
)

func (k kind) String() string {
	return [...]string{"text", "a string", "a number", "a boolean", "null", "an array or object"}[k]
}

type cell struct {
	text string
	kind kind
}

// A record is one row as its format sees it. names are the row's own column names, of a format whose rows carry them.
type record struct {
	row   int // 1-based line where it starts
	cells []cell
	names []string
}

// A format reads and writes the rows of one kind of file. Adding one is adding a row to formats.
type format struct {
	ext   string
	named bool // rows carry their column names; otherwise a header may
	// read calls yield for every row that is not blank until the input ends or yield returns an error. Errors about the
	// input are *FileError without File.
	read func(r *bufio.Reader, yield func(record) error) error
	// write writes rows of the columns in names; header asks a format without named rows for a header.
	write func(w io.Writer, names []string, header bool, rows [][]cell) error
}

var formats = []format{
	{ext: ".tsv", read: readTSV, write: writeTSV},
	{ext: ".csv", read: readCSV, write: writeCSV},
	{ext: ".jsonl", named: true, read: readJSON, write: writeJSONLines},
	{ext: ".json", named: true, read: readJSON, write: writeJSONArray},
}

// extensions lists what a split's file may end in, for messages.
func extensions() string {
	var b strings.Builder
	for i, f := range formats {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.ext)
	}
	return b.String() + ", each also with .gz or .zst"
}
