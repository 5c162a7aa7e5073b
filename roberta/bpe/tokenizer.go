package bpe

import "sync"

// Tokenizer turns text into token ids and back. It is made by [Load], does not
// change afterwards and may be used by any number of goroutines at once.
type Tokenizer struct {
	tokens  []string         // by id, as the files write them; "" where the ids leave a gap
	bytes   []string         // by id, what the token stands for
	special []bool           // by id
	ids     map[string]int32 // of tokens

	byteIDs [256]int32 // -1 where the vocabulary lacks the byte
	rules   *ruleTable

	unknown     int32 // -1: none
	fuseUnknown bool
	wordIDs     map[string]int32 // words that are not merged but looked up; nil: none
	prefixSpace bool

	added               []*addedSet // looked for one after the other
	bos, eos, pad, mask int32

	cache   *wordCache
	scratch sync.Pool
}

// Token returns the token of an id as the files write it (in GPT-2's byte
// alphabet, where Ġ is a space), "" if there is none.
func (t *Tokenizer) Token(id int32) string {
	if id < 0 || int(id) >= len(t.tokens) {
		return ""
	}
	return t.tokens[id]
}

// ID returns the id of a token written as in the files.
func (t *Tokenizer) ID(token string) (int32, bool) {
	id, ok := t.ids[token]
	return id, ok
}

// VocabSize is the greatest id plus one, added tokens included: the rows that an
// embedding must have.
func (t *Tokenizer) VocabSize() int { return len(t.tokens) }

// BOS is the id of <s>, which begins every encoded text.
func (t *Tokenizer) BOS() int32 { return t.bos }

// EOS is the id of </s>, which ends every encoded text.
func (t *Tokenizer) EOS() int32 { return t.eos }

// Pad is the id of <pad>.
func (t *Tokenizer) Pad() int32 { return t.pad }

// Mask is the id of <mask>.
func (t *Tokenizer) Mask() int32 { return t.mask }
