package bpe

import (
	"encoding/json"
	"errors"
	"fmt"
)

// tokenizerJSON is what of tokenizer.json decides about ids.
type tokenizerJSON struct {
	AddedTokens   []addedToken `json:"added_tokens"`
	Normalizer    *component   `json:"normalizer"`
	PreTokenizer  *component   `json:"pre_tokenizer"`
	PostProcessor *component   `json:"post_processor"`
	Decoder       *component   `json:"decoder"`
	Model         *modelJSON   `json:"model"`
}

// component is a part of the pipeline: what RoBERTa's parts have, all together.
type component struct {
	Type           string            `json:"type"`
	AddPrefixSpace bool              `json:"add_prefix_space"`
	UseRegex       *bool             `json:"use_regex"`
	Normalizers    []json.RawMessage `json:"normalizers"`
	Sep            *namedID          `json:"sep"`
	Cls            *namedID          `json:"cls"`
}

type modelJSON struct {
	Type         string           `json:"type"`
	Dropout      *float64         `json:"dropout"`
	UnkToken     string           `json:"unk_token"`
	Prefix       string           `json:"continuing_subword_prefix"`
	Suffix       string           `json:"end_of_word_suffix"`
	FuseUnk      bool             `json:"fuse_unk"`
	ByteFallback bool             `json:"byte_fallback"`
	IgnoreMerges bool             `json:"ignore_merges"`
	Vocab        map[string]int32 `json:"vocab"`
	Merges       []merge          `json:"merges"`
}

// namedID is ["<s>", 0].
type namedID special

// UnmarshalJSON reads a pair of token and id.
func (n *namedID) UnmarshalJSON(b []byte) error {
	pair := [2]any{&n.token, &n.id}
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil || len(raw) != len(pair) {
		return fmt.Errorf("a special token is [\"token\", id], not %.40s", b)
	}
	for i := range pair {
		if err := json.Unmarshal(raw[i], pair[i]); err != nil {
			return fmt.Errorf("a special token is [\"token\", id], not %.40s", b)
		}
	}
	return nil
}

// merge is "a b" in older files, ["a", "b"] in newer ones.
type merge [2]string

// UnmarshalJSON reads either form.
func (m *merge) UnmarshalJSON(b []byte) error {
	var pair []string
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		p, err := splitMerge(s)
		*m = p
		return err
	}
	if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
		return fmt.Errorf("a merge is \"a b\" or [\"a\", \"b\"], not %.40s", b)
	}
	*m = merge(pair)
	return nil
}

func fromTokenizerJSON(text []byte) (*Tokenizer, error) {
	var f tokenizerJSON
	if err := unmarshal(tokenizerFile, text, &f); err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("bpe: %s: %w", tokenizerFile, err)
	}
	sp := &spec{
		file:        tokenizerFile,
		vocab:       f.Model.Vocab,
		merges:      make([][2]string, len(f.Model.Merges)),
		mergeAt:     func(i int) string { return fmt.Sprintf("%s: model.merges[%d]", tokenizerFile, i) },
		added:       f.AddedTokens,
		bos:         special(*f.PostProcessor.Cls),
		eos:         special(*f.PostProcessor.Sep),
		unknown:     f.Model.UnkToken,
		fuseUnknown: f.Model.FuseUnk,
		wholeWords:  f.Model.IgnoreMerges,
		prefixSpace: f.PreTokenizer.AddPrefixSpace,
	}
	for i, m := range f.Model.Merges {
		sp.merges[i] = m
	}
	return sp.build()
}

// check refuses what is not RoBERTa's tokenizer.
func (f *tokenizerJSON) check() error {
	m := f.Model
	if m == nil {
		return errors.New("model is missing")
	}
	switch {
	case m.Type != "" && m.Type != "BPE":
		return fmt.Errorf("model.type is %q: RoBERTa's is BPE", m.Type)
	case m.Vocab == nil:
		return errors.New("model.vocab is missing")
	case m.Merges == nil:
		return errors.New("model.merges is missing")
	case m.Dropout != nil && *m.Dropout != 0:
		return fmt.Errorf("model.dropout is %g: ids would be random; RoBERTa has none", *m.Dropout)
	case m.Prefix != "":
		return fmt.Errorf("model.continuing_subword_prefix is %q: RoBERTa has none", m.Prefix)
	case m.Suffix != "":
		return fmt.Errorf("model.end_of_word_suffix is %q: RoBERTa has none", m.Suffix)
	case m.ByteFallback:
		return errors.New("model.byte_fallback is true: RoBERTa's is false")
	}
	if n := f.Normalizer; n != nil && !(n.Type == "Sequence" && len(n.Normalizers) == 0) {
		return fmt.Errorf("normalizer is %q: RoBERTa has none", n.Type)
	}
	for _, part := range []struct {
		name, want string
		got        *component
	}{
		{"pre_tokenizer", "ByteLevel", f.PreTokenizer},
		{"post_processor", "RobertaProcessing", f.PostProcessor},
		{"decoder", "ByteLevel", f.Decoder},
	} {
		if part.got == nil {
			return fmt.Errorf("%s is missing: RoBERTa's is %s", part.name, part.want)
		}
		if part.got.Type != part.want {
			return fmt.Errorf("%s is %q: RoBERTa's is %s", part.name, part.got.Type, part.want)
		}
	}
	if r := f.PreTokenizer.UseRegex; r != nil && !*r {
		return errors.New("pre_tokenizer.use_regex is false: RoBERTa splits text into words")
	}
	if f.PostProcessor.Cls == nil || f.PostProcessor.Sep == nil {
		return errors.New("post_processor lacks cls or sep")
	}
	return nil
}

// unmarshal names the file and the place of what is wrong.
func unmarshal(file string, text []byte, into any) error {
	err := json.Unmarshal(text, into)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("bpe: %s: not valid JSON at byte %d of %d: %w", file, syntax.Offset, len(text), err)
	}
	return fmt.Errorf("bpe: %s: %w", file, err)
}
