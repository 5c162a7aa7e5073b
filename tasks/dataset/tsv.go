package dataset

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// readTSV splits lines at tabs and does nothing else: no quoting, no escapes.
func readTSV(br *bufio.Reader, yield func(record) error) error {
	return eachLine(br, func(row int, line []byte) error {
		if len(line) == 0 {
			return nil
		}
		parts := strings.Split(string(line), "\t")
		rec := record{row: row, cells: make([]cell, len(parts))}
		for i, p := range parts {
			rec.cells[i].text = p
		}
		return yield(rec)
	})
}

func writeTSV(w io.Writer, names []string, header bool, rows [][]cell) error {
	bw := bufio.NewWriter(w)
	line := func(n int, text func(int) string) error {
		for i := range n {
			t := text(i)
			if strings.ContainsAny(t, "\t\n\x00") {
				return fmt.Errorf("%s holds a tab or a line end, which a TSV cannot", quote(t))
			}
			if i > 0 {
				_ = bw.WriteByte('\t')
			}
			_, _ = bw.WriteString(t)
		}
		return bw.WriteByte('\n')
	}
	if header {
		if err := line(len(names), func(i int) string { return names[i] }); err != nil {
			return err
		}
	}
	for _, r := range rows {
		if err := line(len(r), func(i int) string { return r[i].text }); err != nil {
			return err
		}
	}
	return bw.Flush()
}
