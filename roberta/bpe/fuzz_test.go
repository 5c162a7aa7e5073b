package bpe

import (
	"slices"
	"testing"
	"testing/fstest"
)

// FuzzEncode: no text panics, and however a text is asked for, its ids agree.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{"", " ", "a  b\t\n", "it's <mask>.", " <mask></s>", "\xe2\x82", "\xf0\x9f\x98\x80'S", "\u00a0\u0085 ½"} {
		f.Add(s, "", 7)
	}
	f.Add("good", "bad film", 5)
	tok := tokenizer(f, "mini")
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		ids := tok.Encode(a)
		if inner := tok.AppendEncode(nil, a); !slices.Equal(ids[1:len(ids)-1], inner) {
			t.Fatalf("Encode(%q) = %v, AppendEncode %v", a, ids, inner)
		}
		want := len(ids)
		if cut := tok.EncodeTruncated(a, n); len(cut) != max(min(want, n), 0) {
			t.Fatalf("%q cut to %d has %d ids of %d", a, n, len(cut), want)
		}
		pair := tok.EncodePair(a, b)
		if !slices.Equal(pair[:want], ids) {
			t.Fatalf("pair %v does not begin with %v", pair, ids)
		}
		if cut := tok.EncodePairTruncated(a, b, n); len(cut) != max(min(len(pair), n), 0) {
			t.Fatalf("%q, %q cut to %d: %d ids of %d", a, b, n, len(cut), len(pair))
		}
		tok.Decode(ids)
	})
}

// FuzzLoad: no file panics.
func FuzzLoad(f *testing.F) {
	const pipeline = `"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"},"post_processor":{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0]}`
	const vocab = `{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"<mask>":4,"a":5,"b":6,"ab":7}`
	f.Add(`{"added_tokens":[{"id":8,"content":"<x>","rstrip":true,"single_word":true}],`+pipeline+`,"model":{"vocab":`+vocab+`,"merges":["a b"]}}`, vocab, "#version: 0.2\na b\n", " ab <x> c")
	f.Add(`{`+pipeline+`,"model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"ignore_merges":true,"vocab":`+vocab+`,"merges":[["a","b"]]}}`, vocab, "a b", "abc")
	f.Fuzz(func(t *testing.T, tokenizerJSON, vocab, merges, text string) {
		for _, dir := range []fstest.MapFS{
			jsonDir([]byte(tokenizerJSON)),
			{vocabFile: {Data: []byte(vocab)}, mergesFile: {Data: []byte(merges)}},
		} {
			if tok, err := Load(dir); err == nil {
				tok.Decode(tok.EncodePair(text, text))
			}
		}
	})
}
