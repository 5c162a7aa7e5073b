package bpe

import (
	"errors"
	"fmt"
	"io/fs"
)

const (
	tokenizerFile = "tokenizer.json"
	vocabFile     = "vocab.json"
	mergesFile    = "merges.txt"
)

// Load reads a tokenizer from a directory: tokenizer.json, or where there is
// none vocab.json and merges.txt. From these two it is built as transformers 4's
// RobertaTokenizer builds it: <mask> takes the blanks before it, as it does in
// roberta-base's own tokenizer.json (transformers 5 leaves them).
//
// Truncation and padding that tokenizer.json asks for are passed over. Whatever
// else RoBERTa's tokenizer does not have (another model, normalizer,
// pre-tokenizer, post-processor or decoder, dropout) is an error.
func Load(fsys fs.FS) (*Tokenizer, error) {
	if fsys == nil {
		return nil, errors.New("bpe: no directory to load a tokenizer from")
	}
	text, err := fs.ReadFile(fsys, tokenizerFile)
	if err == nil {
		return fromTokenizerJSON(text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("bpe: %w", err)
	}
	vocab, vocabErr := fs.ReadFile(fsys, vocabFile)
	merges, mergesErr := fs.ReadFile(fsys, mergesFile)
	noVocab, noMerges := errors.Is(vocabErr, fs.ErrNotExist), errors.Is(mergesErr, fs.ErrNotExist)
	switch {
	case noVocab && noMerges:
		return nil, fmt.Errorf("bpe: no tokenizer in the directory: it has neither %s nor %s and %s", tokenizerFile, vocabFile, mergesFile)
	case noVocab:
		return nil, fmt.Errorf("bpe: the directory has %s but neither %s nor %s", mergesFile, vocabFile, tokenizerFile)
	case noMerges:
		return nil, fmt.Errorf("bpe: the directory has %s but neither %s nor %s", vocabFile, mergesFile, tokenizerFile)
	case vocabErr != nil:
		return nil, fmt.Errorf("bpe: %w", vocabErr)
	case mergesErr != nil:
		return nil, fmt.Errorf("bpe: %w", mergesErr)
	}
	return fromVocabMerges(vocab, merges)
}
