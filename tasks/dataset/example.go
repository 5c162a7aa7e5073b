package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
)

// An Example is one row.
type Example struct {
	ID    int    // index within its split, kept by Subset
	Text  string // bytes as in the file, not necessarily UTF-8
	Pair  string // second text of a pair task, else empty
	Label int    // class index, 0 … Labels-1
}

// A Split is an ordered part of a data set.
type Split struct {
	Name     string // train, dev or test
	Examples []Example
	Digest   string // hex SHA-256 over the rows in order
}

func newSplit(name string, ex []Example) Split {
	for i := range ex {
		ex[i].ID = i
	}
	return Split{Name: name, Examples: ex, Digest: digest(ex)}
}

// Len is the number of examples.
func (s Split) Len() int { return len(s.Examples) }

// Gold returns the labels in order.
func (s Split) Gold() []int {
	gold := make([]int, len(s.Examples))
	for i, e := range s.Examples {
		gold[i] = e.Label
	}
	return gold
}

// Counts returns the number of examples of each of n classes.
func (s Split) Counts(n int) []int {
	c := make([]int, n)
	for _, e := range s.Examples {
		c[e.Label]++
	}
	return c
}

// Majority is the share of the largest of n classes: the accuracy of always answering it.
func (s Split) Majority(n int) float64 {
	if len(s.Examples) == 0 || n < 1 {
		return 0
	}
	return float64(slices.Max(s.Counts(n))) / float64(len(s.Examples))
}

// Subset draws n examples without replacement, from the seed and the split's name, and keeps their order and their IDs.
// With n < 1, or n at least the split's size, it returns the split itself.
func (s Split) Subset(n int, seed uint64) Split {
	if n < 1 || n >= len(s.Examples) {
		return s
	}
	pick := Stream(seed, "subset/"+s.Name).Perm(len(s.Examples))[:n]
	slices.Sort(pick)
	ex := make([]Example, n)
	for i, p := range pick {
		ex[i] = s.Examples[p]
	}
	return Split{Name: s.Name, Examples: ex, Digest: digest(ex)}
}

// digest hashes texts and labels, each text behind its length so that no two lists of rows share their bytes.
func digest(ex []Example) string {
	h := sha256.New()
	var b []byte
	for _, e := range ex {
		b = binary.LittleEndian.AppendUint64(b[:0], uint64(len(e.Text)))
		b = append(b, e.Text...)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(e.Pair)))
		b = append(b, e.Pair...)
		b = binary.LittleEndian.AppendUint64(b, uint64(e.Label))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}
