package bpe

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const (
	goldenDir = "../../testdata/golden"
	miniDir   = "../../testdata/mini"
)

// gunzip reads a packed file of the goldens.
func gunzip(tb testing.TB, name string) []byte {
	tb.Helper()
	f, err := os.Open(goldenDir + "/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func tokenizerText(tb testing.TB, name string) []byte {
	tb.Helper()
	if name == "base" {
		return gunzip(tb, "roberta-base-tokenizer.json.gz")
	}
	text, err := os.ReadFile(miniDir + "/" + tokenizerFile)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func jsonDir(text []byte) fstest.MapFS {
	return fstest.MapFS{tokenizerFile: {Data: text}}
}

// vocabMergesDir is the same tokenizer as GPT-2's pair of files.
func vocabMergesDir(tb testing.TB, text []byte) fstest.MapFS {
	tb.Helper()
	var f struct {
		Model struct {
			Vocab  json.RawMessage
			Merges []json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &f); err != nil {
		tb.Fatal(err)
	}
	var lines strings.Builder
	lines.WriteString("#version: 0.2\n")
	for _, m := range f.Model.Merges {
		var pair []string
		var one string
		if json.Unmarshal(m, &one) != nil {
			if err := json.Unmarshal(m, &pair); err != nil {
				tb.Fatal(err)
			}
			one = strings.Join(pair, " ")
		}
		lines.WriteString(one + "\n")
	}
	return fstest.MapFS{vocabFile: {Data: f.Model.Vocab}, mergesFile: {Data: []byte(lines.String())}}
}

func load(tb testing.TB, fsys fs.FS) *Tokenizer {
	tb.Helper()
	t, err := Load(fsys)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

var loaded sync.Map

// tokenizer loads "base" or "mini" once.
func tokenizer(tb testing.TB, name string) *Tokenizer {
	tb.Helper()
	if t, ok := loaded.Load(name); ok {
		return t.(*Tokenizer)
	}
	t := load(tb, jsonDir(tokenizerText(tb, name)))
	loaded.Store(name, t)
	return t
}

type goldenLine struct {
	Text []byte             `json:"b"`
	IDs  map[string][]int32 `json:"ids"`
}

func goldenLines(tb testing.TB) []goldenLine {
	tb.Helper()
	var lines []goldenLine
	for d := json.NewDecoder(bytes.NewReader(gunzip(tb, "tokenizer.jsonl.gz"))); ; {
		var l goldenLine
		err := d.Decode(&l)
		if err == io.EOF {
			return lines
		}
		if err != nil {
			tb.Fatal(err)
		}
		lines = append(lines, l)
	}
}

func TestGoldenLines(t *testing.T) {
	lines := goldenLines(t)
	if len(lines) != 3000 {
		t.Fatalf("%d golden lines, want 3000", len(lines))
	}
	for _, name := range []string{"base", "mini"} {
		text := tokenizerText(t, name)
		for kind, fsys := range map[string]fs.FS{tokenizerFile: jsonDir(text), mergesFile: vocabMergesDir(t, text)} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				tok := load(t, fsys)
				for pass := range 2 { // the second from the cache
					for i, l := range lines {
						if diff := cmp.Diff(l.IDs[name], tok.Encode(string(l.Text))); diff != "" {
							t.Fatalf("pass %d, line %d %q (-Hugging Face +ours):\n%s", pass, i+1, l.Text, diff)
						}
					}
				}
			})
		}
	}
}

type goldenMore struct {
	Pairs []struct {
		A, B string
		Max  int
		IDs  map[string][]int32
	}
	Truncated []struct {
		Line, Max int
		IDs       map[string][]int32
	}
	Decoded []struct {
		Tok        string
		IDs        []int32
		Keep, Skip string
	}
	CodePoints []struct {
		Block, N int
		SHA256   string
	} `json:"code_points"`
	Variants []goldenVariant
}

func readMore(tb testing.TB) (more goldenMore) {
	tb.Helper()
	if err := json.Unmarshal(gunzip(tb, "tokenizer-more.json.gz"), &more); err != nil {
		tb.Fatal(err)
	}
	return more
}

func TestGoldenPairs(t *testing.T) {
	pairs := readMore(t).Pairs
	if len(pairs) < 200 {
		t.Fatalf("only %d golden pairs", len(pairs))
	}
	for _, p := range pairs {
		for name, want := range p.IDs {
			tok := tokenizer(t, name)
			if diff := cmp.Diff(want, tok.EncodePairTruncated(p.A, p.B, p.Max)); diff != "" {
				t.Errorf("%s, at most %d, %q, %q (-Hugging Face +ours):\n%s", name, p.Max, p.A, p.B, diff)
			}
			if p.Max == 1000 {
				if diff := cmp.Diff(want, tok.EncodePair(p.A, p.B)); diff != "" {
					t.Errorf("%s, %q, %q (-Hugging Face +ours):\n%s", name, p.A, p.B, diff)
				}
			}
		}
	}
}

func TestGoldenTruncated(t *testing.T) {
	lines, cuts := goldenLines(t), readMore(t).Truncated
	if len(cuts) < 200 {
		t.Fatalf("only %d golden cuts", len(cuts))
	}
	for _, c := range cuts {
		for name, want := range c.IDs {
			got := tokenizer(t, name).EncodeTruncated(string(lines[c.Line].Text), c.Max)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, at most %d, line %d (-Hugging Face +ours):\n%s", name, c.Max, c.Line+1, diff)
			}
		}
	}
}

func TestGoldenDecoded(t *testing.T) {
	decoded := readMore(t).Decoded
	if len(decoded) < 300 {
		t.Fatalf("only %d golden decodings", len(decoded))
	}
	for _, d := range decoded {
		tok := tokenizer(t, d.Tok)
		if got := tok.Decode(d.IDs); got != d.Keep {
			t.Errorf("%s: Decode(%v) = %q, Hugging Face %q", d.Tok, d.IDs, got, d.Keep)
		}
		if got := tok.DecodeText(d.IDs); got != d.Skip {
			t.Errorf("%s: DecodeText(%v) = %q, Hugging Face %q", d.Tok, d.IDs, got, d.Skip)
		}
	}
}
