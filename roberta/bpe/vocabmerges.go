package bpe

import (
	"fmt"
	"strings"
)

// fromVocabMerges reads GPT-2's pair of files and adds what RobertaTokenizer
// knows by itself.
func fromVocabMerges(vocab, merges []byte) (*Tokenizer, error) {
	sp := &spec{file: vocabFile, bos: special{"<s>", -1}, eos: special{"</s>", -1}}
	if err := unmarshal(vocabFile, vocab, &sp.vocab); err != nil {
		return nil, err
	}
	for _, token := range []string{"<s>", "<pad>", "</s>", "<unk>", "<mask>"} {
		id, ok := sp.vocab[token]
		if !ok {
			return nil, fmt.Errorf("bpe: %s: the special token %s is missing", vocabFile, token)
		}
		sp.added = append(sp.added, addedToken{ID: id, Content: token, LStrip: token == "<mask>", Special: true})
	}
	var lines []int
	for i, line := range strings.Split(string(merges), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || strings.HasPrefix(line, "#version") {
			continue
		}
		pair, err := splitMerge(line)
		if err != nil {
			return nil, fmt.Errorf("bpe: %s: line %d: %w", mergesFile, i+1, err)
		}
		sp.merges = append(sp.merges, pair)
		lines = append(lines, i+1)
	}
	if len(sp.merges) == 0 {
		return nil, fmt.Errorf("bpe: %s: no merges in it", mergesFile)
	}
	sp.mergeAt = func(i int) string { return fmt.Sprintf("%s: line %d", mergesFile, lines[i]) }
	return sp.build()
}

// splitMerge reads "a b".
func splitMerge(s string) ([2]string, error) {
	a, b, ok := strings.Cut(s, " ")
	if !ok || a == "" || b == "" || strings.Contains(b, " ") {
		return [2]string{}, fmt.Errorf("a merge is two tokens with one space between them, not %.40q", s)
	}
	return [2]string{a, b}, nil
}
