package rowio

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Reading holds a page or a batch of rows, not the file: 24 MB of texts pass while the heap grows by less than half of that.
func TestReadingHoldsLittle(t *testing.T) {
	const rows, most = 24 << 10, 12 << 20
	random := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, 300)
	for i := range texts {
		var b strings.Builder
		for b.Len() < 1000 {
			fmt.Fprintf(&b, "w%03x ", random.Uint32()&0xfff)
		}
		texts[i] = b.String()
	}
	for _, as := range []string{"csv.gz", "jsonl.zst", "json", "tsv", "tweeteval.gz", "parquet", "arrow"} {
		s, err := Source{name: "train"}.As(as)
		if err != nil {
			t.Fatal(err)
		}
		out := t.TempDir()
		err = Write(Folder{Path: out, Tables: []Table{{Source: s, Columns: []Column{{Name: "text", Kind: String}, {Name: "label", Kind: Number}}, Rows: func(yield func([]Cell) error) error {
			for i := range rows {
				if err := yield([]Cell{{texts[i%len(texts)], String}, {strconv.Itoa(i % 2), Number}}); err != nil {
					return err
				}
			}
			return nil
		}}}})
		if err != nil {
			t.Fatal(err)
		}
		sources, err := Find(out)
		if err != nil {
			t.Fatal(err)
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		before, peak, n := m.HeapAlloc, uint64(0), 0
		err = sources[0].Read(1<<30, func(Row) error {
			if n++; n%3000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
			return nil
		})
		if err != nil || n != rows || peak > before+most {
			t.Errorf("%s: %d rows, %d bytes held, want at most %d: %v", as, n, peak-before, most, err)
		}
	}
}
