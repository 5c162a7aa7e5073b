package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/skillneuron/skillneuron/internal/packtest"
)

// tsvOf writes n rows whose texts say where they come from; classes alternate.
func tsvOf(split string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s %d\t%d\n", split, i, i%2)
	}
	return b.String()
}

// Which split of the files each of train, dev and test comes from, by the labelled splits found.
func TestSplitRules(t *testing.T) {
	unlabelled := "a\t-1\nb\t-1\n"
	for _, c := range []struct {
		what    string
		task    string
		files   map[string]string
		sizes   [3]int
		from    [3]string
		rule    string
		dropped int // files not used
	}{
		{"three", "sst2", map[string]string{"train.tsv": tsvOf("train", 100), "dev.tsv": tsvOf("dev", 10), "test.tsv": tsvOf("test", 20)},
			[3]int{100, 10, 20}, [3]string{"train", "dev", "test"}, "train, dev and test as found", 0},
		{"three of a task with one", "ethos", map[string]string{"train.tsv": tsvOf("train", 100), "validation.tsv": tsvOf("dev", 10), "test.tsv": tsvOf("test", 20)},
			[3]int{100, 10, 20}, [3]string{"train", "dev", "test"}, "as found", 0},
		{"train and test", "imdb", map[string]string{"train.tsv": tsvOf("train", 101), "test.tsv": tsvOf("test", 20)},
			[3]int{81, 20, 20}, [3]string{"train", "train", "test"}, "train.tsv cut 80/20 into train and dev with seed 7, test is test.tsv", 0},
		{"train and validation", "cola", map[string]string{"train.tsv": tsvOf("train", 100), "validation.tsv": tsvOf("dev", 30)},
			[3]int{80, 20, 30}, [3]string{"train", "train", "dev"}, "test is validation.tsv", 0},
		{"GLUE's unlabelled test", "sst2", map[string]string{"train.tsv": tsvOf("train", 100), "dev.tsv": tsvOf("dev", 30), "test.tsv": unlabelled},
			[3]int{80, 20, 30}, [3]string{"train", "train", "dev"}, "test is dev.tsv", 1},
		{"no train", "tweet_eval-pn", map[string]string{"val.tsv": tsvOf("dev", 50), "test.tsv": tsvOf("test", 20)},
			[3]int{40, 10, 20}, [3]string{"dev", "dev", "test"}, "val.tsv cut 80/20 into train and dev", 0},
		{"one", "ethos", map[string]string{"train.tsv": tsvOf("train", 109)},
			[3]int{89, 10, 10}, [3]string{"train", "train", "train"}, "train.tsv cut 80/10/10", 0},
		{"test only", "sst2", map[string]string{"test.tsv": tsvOf("test", 100)},
			[3]int{80, 10, 10}, [3]string{"test", "test", "test"}, "test.tsv cut 80/10/10", 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			d, err := Load(lookup(t, c.task), packtest.PackedDir(t, c.files), 7, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range d.Splits() {
				if s.Len() != c.sizes[i] || s.Name != [3]string{"train", "dev", "test"}[i] {
					t.Errorf("%s has %d rows, want %d", s.Name, s.Len(), c.sizes[i])
				}
				for id, e := range s.Examples {
					if !strings.HasPrefix(e.Text, c.from[i]+" ") || e.ID != id {
						t.Fatalf("%s: %+v, want text from %s", s.Name, e, c.from[i])
					}
				}
			}
			if !strings.Contains(d.Rule, c.rule) {
				t.Errorf("rule %q, want %q", d.Rule, c.rule)
			}
			notUsed := 0
			for _, f := range d.Files {
				if !f.Used {
					notUsed++
				}
			}
			if notUsed != c.dropped || len(d.Files) != len(c.files) || len(d.Notes) != c.dropped {
				t.Errorf("files %+v, notes %q", d.Files, d.Notes)
			}
		})
	}
}

// Every row is in exactly one part, parts keep the file's order, sizes are exact, and the seed alone decides.
func TestPartProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, seed := rapid.IntRange(10, 400).Draw(t, "n"), rapid.Uint64().Draw(t, "seed")
		shares := rapid.SampledFrom([][]int{{5}, {10, 10}}).Draw(t, "shares")
		r := &rawSplit{labels: make([]int, n), rows: make([]rawRow, n)}
		for i := range r.rows {
			r.rows[i].text = fmt.Sprint(i)
		}
		parts, err := r.part(seed, shares...)
		if err != nil {
			t.Fatal(err)
		}
		again, err := r.part(seed, shares...)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i, p := range parts {
			if i > 0 && len(p) != n/shares[i-1] {
				t.Fatalf("part %d of %d rows has %d", i, n, len(p))
			}
			last := -1
			for j, e := range p {
				var at int
				if _, err := fmt.Sscan(e.Text, &at); err != nil || at <= last || seen[e.Text] || again[i][j] != e {
					t.Fatalf("part %d: row %q after %d", i, e.Text, last)
				}
				last, seen[e.Text] = at, true
			}
		}
		if len(seen) != n {
			t.Fatalf("%d of %d rows", len(seen), n)
		}
	})
}

func TestSeedDecidesSplit(t *testing.T) {
	dir := packtest.PackedDir(t, map[string]string{"train.tsv": tsvOf("train", 200), "test.tsv": tsvOf("test", 20)})
	digests := func(seed uint64) [3]string {
		d, err := Load(lookup(t, "imdb"), dir, seed, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return [3]string{d.Train.Digest, d.Dev.Digest, d.Test.Digest}
	}
	one, two := digests(1), digests(2)
	if one != digests(1) {
		t.Error("the same seed cuts differently")
	}
	if one[0] == two[0] || one[1] == two[1] || one[2] != two[2] {
		t.Errorf("seed 1 %v, seed 2 %v", one, two)
	}
	// Pinned, like the streams: a changed rule would silently change what every published figure was measured on.
	if want := "a1f6ac9f3a19614b"; one[1][:16] != want {
		t.Errorf("dev digest %s…, want %s…", one[1][:16], want)
	}
}

func TestSubset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ex := make([]Example, rapid.IntRange(1, 200).Draw(t, "size"))
		for i := range ex {
			ex[i] = Example{Text: fmt.Sprint("row ", i), Label: i % 2}
		}
		s := newSplit("test", ex)
		n, seed := rapid.IntRange(-1, 220).Draw(t, "n"), rapid.Uint64().Draw(t, "seed")
		sub := s.Subset(n, seed)
		want := n
		if n < 1 || n >= len(ex) {
			want = len(ex)
		}
		if sub.Len() != want || (want == len(ex)) != (sub.Digest == s.Digest) || sub.Name != s.Name {
			t.Fatalf("%d of %d rows asked for, %d drawn", n, len(ex), sub.Len())
		}
		if !slices.IsSortedFunc(sub.Examples, func(a, b Example) int { return a.ID - b.ID }) {
			t.Fatal("the order changed")
		}
		for i, e := range sub.Examples {
			if ex[e.ID] != e || i > 0 && sub.Examples[i-1].ID == e.ID {
				t.Fatalf("%+v is not row %d", e, e.ID)
			}
		}
		if sub.Digest != s.Subset(n, seed).Digest {
			t.Fatal("the same seed draws others")
		}
	})
}

func TestDigest(t *testing.T) {
	base := []Example{{Text: "ab", Pair: "c", Label: 1}, {Text: "d"}}
	seen := map[string]string{digest(base): "base"}
	for what, ex := range map[string][]Example{
		"moved letter": {{Text: "a", Pair: "bc", Label: 1}, {Text: "d"}}, "label": {{Text: "ab", Pair: "c", Label: 0}, {Text: "d"}},
		"order": {{Text: "d"}, {Text: "ab", Pair: "c", Label: 1}}, "fewer": {{Text: "ab", Pair: "c", Label: 1}}, "none": nil,
	} {
		if other, same := seen[digest(ex)]; same {
			t.Errorf("%s has the digest of %s", what, other)
		}
		seen[digest(ex)] = what
	}
	if counts := newSplit("x", base).Counts(2); !slices.Equal(counts, []int{1, 1}) {
		t.Errorf("counts %v", counts)
	}
	if m := newSplit("x", append(base, Example{Label: 1})).Majority(2); m != 2./3 {
		t.Errorf("majority %g", m)
	}
}

func TestEmptyTask(t *testing.T) {
	d := load(t, "empty", "", Options{})
	for _, s := range d.Splits() {
		if s.Len() < 2 || s.Counts(2)[0] != s.Len() {
			t.Errorf("%s: %+v", s.Name, s)
		}
		for i, e := range s.Examples {
			if e != (Example{ID: i}) {
				t.Errorf("%+v is not empty", e)
			}
		}
	}
}
