package rowio

import (
	"bytes"
	stdgzip "compress/gzip"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// compress uses the standard library's gzip, so that the reader is not checked against its own library.
func compress(t testing.TB, ext, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	switch ext {
	case ".gz":
		z := stdgzip.NewWriter(&b)
		if _, err := z.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	case ".zst":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	default:
		b.WriteString(content)
	}
	return b.Bytes()
}

var writers = map[string]streamWriter{"tsv": newTSVWriter, "csv": newCSVWriter, "json": newJSONArrayWriter, "jsonl": newJSONLinesWriter}

// tableOf is one row to be written.
func tableOf(s Source, r Row) Table {
	t := Table{Source: s, Rows: Values([][]Cell{r.Cells})}
	for i, c := range r.Cells {
		name := ""
		if r.Names != nil {
			name = r.Names[i]
		}
		t.Columns = append(t.Columns, Column{Name: name, Kind: c.Kind})
	}
	return t
}
