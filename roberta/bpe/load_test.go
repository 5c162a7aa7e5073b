package bpe

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func model(f map[string]any) map[string]any { return f["model"].(map[string]any) }

// dropAdded removes an added token from the list and from the vocabulary.
func dropAdded(f map[string]any, content string) {
	list := f["added_tokens"].([]any)
	f["added_tokens"] = slices.DeleteFunc(list, func(a any) bool { return a.(map[string]any)["content"] == content })
	delete(model(f)["vocab"].(map[string]any), content)
}

func addToken(f map[string]any, id int, content string) {
	f["added_tokens"] = append(f["added_tokens"].([]any), map[string]any{"id": id, "content": content})
}

func part(kind string) map[string]any { return map[string]any{"type": kind} }

// Each change to mini's tokenizer.json makes it unusable; the error says which and where.
var badTokenizerJSON = []struct {
	name   string
	change func(f map[string]any)
	want   string
}{
	{"no model", func(f map[string]any) { delete(f, "model") }, "model is missing"},
	{"no vocab", func(f map[string]any) { delete(model(f), "vocab") }, "model.vocab is missing"},
	{"empty vocab", func(f map[string]any) { model(f)["vocab"] = map[string]any{} }, "the vocabulary is missing or empty"},
	{"no merges", func(f map[string]any) { delete(model(f), "merges") }, "model.merges is missing"},
	{"wordpiece", func(f map[string]any) { model(f)["type"] = "WordPiece" }, `model.type is "WordPiece"`},
	{"dropout", func(f map[string]any) { model(f)["dropout"] = 0.1 }, "model.dropout is 0.1"},
	{"prefix", func(f map[string]any) { model(f)["continuing_subword_prefix"] = "##" }, `continuing_subword_prefix is "##"`},
	{"suffix", func(f map[string]any) { model(f)["end_of_word_suffix"] = "</w>" }, `end_of_word_suffix is "</w>"`},
	{"byte fallback", func(f map[string]any) { model(f)["byte_fallback"] = true }, "byte_fallback is true"},
	{"unknown token", func(f map[string]any) { model(f)["unk_token"] = "[UNK]" }, `unk_token "[UNK]" is not in the vocabulary`},
	{"id twice", func(f map[string]any) { model(f)["vocab"].(map[string]any)["he"] = 4 }, `tokens "!" and "he" both have id 4`},
	{"id negative", func(f map[string]any) { model(f)["vocab"].(map[string]any)["he"] = -4 }, `token "he" has id -4`},
	{"id huge", func(f map[string]any) { model(f)["vocab"].(map[string]any)["he"] = math.MaxInt32 }, `token "he" has id 2147483647`},
	{"id beyond int32", func(f map[string]any) { model(f)["vocab"].(map[string]any)["he"] = math.MaxUint32 }, "model.vocab"},
	{"id no number", func(f map[string]any) { model(f)["vocab"].(map[string]any)["he"] = "x" }, "model.vocab"},
	{"merge of unknown left", func(f map[string]any) { model(f)["merges"].([]any)[7] = []any{"qqq", "h"} }, `model.merges[7]: "qqq" of the merge "qqq" + "h" is not in the vocabulary`},
	{"merge of unknown right", func(f map[string]any) { model(f)["merges"].([]any)[7] = "h qqq" }, `model.merges[7]: "qqq" of the merge "h" + "qqq"`},
	{"merge to unknown", func(f map[string]any) { model(f)["merges"].([]any)[7] = "q z" }, `model.merges[7]: "qz" of the merge "q" + "z"`},
	{"merge of one", func(f map[string]any) { model(f)["merges"].([]any)[7] = "he" }, `a merge is two tokens`},
	{"merge of three", func(f map[string]any) { model(f)["merges"].([]any)[7] = []any{"h", "e", "r"} }, `not ["h","e","r"]`},
	{"merge of number", func(f map[string]any) { model(f)["merges"].([]any)[7] = 3 }, `not 3`},
	{"normalizer", func(f map[string]any) { f["normalizer"] = part("NFC") }, `normalizer is "NFC"`},
	{"no pre-tokenizer", func(f map[string]any) { f["pre_tokenizer"] = nil }, "pre_tokenizer is missing"},
	{"pre-tokenizer", func(f map[string]any) { f["pre_tokenizer"] = part("Whitespace") }, `pre_tokenizer is "Whitespace"`},
	{"no regex", func(f map[string]any) { f["pre_tokenizer"].(map[string]any)["use_regex"] = false }, "use_regex is false"},
	{"no post-processor", func(f map[string]any) { delete(f, "post_processor") }, "post_processor is missing"},
	{"post-processor", func(f map[string]any) { f["post_processor"] = part("BertProcessing") }, `post_processor is "BertProcessing"`},
	{"no cls", func(f map[string]any) { delete(f["post_processor"].(map[string]any), "cls") }, "post_processor lacks cls or sep"},
	{"cls malformed", func(f map[string]any) { f["post_processor"].(map[string]any)["cls"] = []any{"<s>"} }, `a special token is ["token", id], not `},
	{"cls with other id", func(f map[string]any) { f["post_processor"].(map[string]any)["cls"] = []any{"<s>", 7} }, "gives <s> id 7, the vocabulary 0"},
	{"decoder", func(f map[string]any) { f["decoder"] = part("WordPiece") }, `decoder is "WordPiece"`},
	{"no decoder", func(f map[string]any) { f["decoder"] = nil }, "decoder is missing"},
	{"no mask", func(f map[string]any) { dropAdded(f, "<mask>") }, "the special token <mask> is missing"},
	{"no pad", func(f map[string]any) { dropAdded(f, "<pad>") }, "the special token <pad> is missing"},
	{"no <s>", func(f map[string]any) { dropAdded(f, "<s>") }, "the special token <s> is missing"},
	{"no </s>", func(f map[string]any) { dropAdded(f, "</s>") }, "the special token </s> is missing"},
	{"added with other id", func(f map[string]any) { addToken(f, 7, "the") }, `added_tokens[5] "the" has id 7`},
	{"added beyond the end", func(f map[string]any) { addToken(f, 10005, "<new>") }, `added_tokens[5] "<new>" has id 10005, but the vocabulary gives it 10000`},
	{"added over another", func(f map[string]any) {
		model(f)["vocab"].(map[string]any)["qz"] = 10001 // 10000 is a gap
		addToken(f, 10001, "<new>")
	}, `added_tokens[5] "<new>" needs id 10001, which "qz" has`},
	{"added twice", func(f map[string]any) { addToken(f, 0, "<s>") }, `added_tokens[5] "<s>" is there twice`},
	{"added nothing", func(f map[string]any) { addToken(f, 10000, "") }, "added_tokens[5] has no content"},
}

func wantError(t *testing.T, fsys fs.FS, file, want string) {
	t.Helper()
	tok, err := Load(fsys)
	if err == nil || tok != nil {
		t.Fatal("no error")
	}
	if msg := err.Error(); !strings.Contains(msg, file) || !strings.Contains(msg, want) || strings.Contains(msg, "\n") {
		t.Errorf("error %q does not name %s and %q on one line", msg, file, want)
	}
}

func TestBadTokenizerJSON(t *testing.T) {
	text := tokenizerText(t, "mini")
	for _, c := range badTokenizerJSON {
		t.Run(c.name, func(t *testing.T) {
			wantError(t, jsonDir(edited(t, text, c.change)), tokenizerFile, c.want)
		})
	}
}

func TestTruncatedTokenizerJSON(t *testing.T) {
	text := tokenizerText(t, "mini")
	for _, n := range []int{0, 1, 100, len(text) / 2, len(text) - 2} {
		wantError(t, jsonDir(text[:n]), tokenizerFile, "not valid JSON at byte")
	}
	wantError(t, jsonDir([]byte("[1]")), tokenizerFile, "cannot unmarshal array")
}

func TestBadVocabMerges(t *testing.T) {
	good := vocabMergesDir(t, tokenizerText(t, "mini"))
	vocab, merges := string(good[vocabFile].Data), string(good[mergesFile].Data)
	for _, c := range []struct{ name, vocab, merges, file, want string }{
		{"vocab truncated", vocab[:5000], merges, vocabFile, "not valid JSON at byte"},
		{"vocab no object", "[]", merges, vocabFile, "cannot unmarshal"},
		{"no mask", strings.Replace(vocab, `"<mask>"`, `"<maske>"`, 1), merges, vocabFile, "the special token <mask> is missing"},
		{"no unk", strings.Replace(vocab, `"<unk>"`, `"<unknown>"`, 1), merges, vocabFile, "the special token <unk> is missing"},
		{"no merges", vocab, "#version: 0.2\n", mergesFile, "no merges"},
		{"three tokens", vocab, merges + "a b c\n", mergesFile, "line 9741: a merge is two tokens"},
		{"one token", vocab, "#version: 0.2\n\nabc\n", mergesFile, "line 3: a merge is two tokens"},
		{"merge of unknown", vocab, "#version: 0.2\nh e\r\nqqq h\r\n", mergesFile, `line 3: "qqq"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantError(t, fstest.MapFS{vocabFile: {Data: []byte(c.vocab)}, mergesFile: {Data: []byte(c.merges)}}, c.file, c.want)
		})
	}
}

// failing is a directory in which one file cannot be read.
type failing struct {
	fs.FS
	name string
}

func (f failing) Open(name string) (fs.File, error) {
	if name == f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("input/output error")}
	}
	return f.FS.Open(name)
}

func TestMissingFiles(t *testing.T) {
	wantError(t, nil, "", "no directory")
	wantError(t, fstest.MapFS{}, tokenizerFile, "neither tokenizer.json nor vocab.json and merges.txt")
	pair := vocabMergesDir(t, tokenizerText(t, "mini"))
	wantError(t, fstest.MapFS{vocabFile: pair[vocabFile]}, mergesFile, "has vocab.json but neither merges.txt")
	wantError(t, fstest.MapFS{mergesFile: pair[mergesFile]}, vocabFile, "has merges.txt but neither vocab.json")
	for _, name := range []string{tokenizerFile, vocabFile, mergesFile} {
		wantError(t, failing{pair, name}, name, "input/output error")
	}
}

// What RoBERTa's files may hold beside roberta-base's own.
func TestToleratedTokenizerJSON(t *testing.T) {
	text := tokenizerText(t, "mini")
	for name, change := range map[string]func(f map[string]any){
		"no type":          func(f map[string]any) { delete(model(f), "type") },
		"no dropout":       func(f map[string]any) { model(f)["dropout"] = 0.0 },
		"empty sequence":   func(f map[string]any) { f["normalizer"] = map[string]any{"type": "Sequence", "normalizers": []any{}} },
		"truncation":       func(f map[string]any) { f["truncation"] = map[string]any{"max_length": 3} },
		"unheard-of field": func(f map[string]any) { f["later"] = []any{1} },
	} {
		tok := load(t, jsonDir(edited(t, text, change)))
		const s = "a charming film"
		if got, want := tok.Encode(s), tokenizer(t, "mini").Encode(s); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
