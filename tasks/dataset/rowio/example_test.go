package rowio_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// A data set's CSV becomes JSON lines, row by row.
func Example() {
	dir, err := os.MkdirTemp("", "rowio")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "train.csv"), []byte("\"fine, really\",1\ndull,0\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	sources, err := rowio.Find(dir)
	if err != nil {
		log.Fatal(err)
	}
	out, err := sources[0].As("jsonl")
	if err != nil {
		log.Fatal(err)
	}
	rows := func(yield func([]rowio.Cell) error) error {
		return sources[0].Read(1<<20, func(r rowio.Row) error {
			r.Cells[1].Kind = rowio.Number
			return yield(r.Cells)
		})
	}
	columns := []rowio.Column{{Name: "text", Kind: rowio.String}, {Name: "label", Kind: rowio.Number}}
	if err := rowio.Write(rowio.Folder{Path: filepath.Join(dir, "out"), Tables: []rowio.Table{{Source: out, Columns: columns, Rows: rows}}}); err != nil {
		log.Fatal(err)
	}
	written, err := os.ReadFile(out.FileIn(filepath.Join(dir, "out")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(written))
	// Output:
	// {"text": "fine, really", "label": 1}
	// {"text": "dull", "label": 0}
}
