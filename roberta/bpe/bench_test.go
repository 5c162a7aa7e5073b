package bpe

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkEncode reports MB/s of text: real lines with a warm cache (as in use), with none, and
// one word of 100 kB.
func BenchmarkEncode(b *testing.B) {
	var lines []string
	bytes := 0
	for _, l := range goldenLines(b)[:1480] { // the real texts
		lines = append(lines, string(l.Text))
		bytes += len(l.Text)
	}
	var dst []int32
	for _, name := range []string{"base", "mini"} {
		tok := tokenizer(b, name)
		b.Run(fmt.Sprintf("tok=%s/text=real/cache=warm", name), func(b *testing.B) {
			b.SetBytes(int64(bytes))
			for _, s := range lines {
				dst = tok.AppendEncode(dst[:0], s)
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, s := range lines {
					dst = tok.AppendEncode(dst[:0], s)
				}
			}
		})
		b.Run(fmt.Sprintf("tok=%s/text=real/cache=none", name), func(b *testing.B) {
			var s scratch
			b.SetBytes(int64(bytes))
			for b.Loop() {
				for _, l := range lines {
					dst = dst[:0]
					for i := 0; i < len(l); {
						end := pieceEnd(l, i)
						dst = tok.appendWord(dst, l[i:end], &s)
						i = end
					}
				}
			}
		})
		word := strings.Repeat("unforgettably", 100_000/13)
		b.Run(fmt.Sprintf("tok=%s/text=word100kB", name), func(b *testing.B) {
			b.SetBytes(int64(len(word)))
			for b.Loop() {
				dst = tok.AppendEncode(dst[:0], word)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"base", "mini"} {
		dir := jsonDir(tokenizerText(b, name))
		b.Run("tok="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				load(b, dir)
			}
		})
	}
}
