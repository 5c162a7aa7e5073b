package bpe

import "fmt"

// spec is a tokenizer as its files tell it, whichever files those are. Errors
// name a merge as mergeAt says, a token of the vocabulary with its file.
type spec struct {
	file    string // that holds the vocabulary
	vocab   map[string]int32
	merges  [][2]string
	mergeAt func(i int) string
	added   []addedToken

	bos, eos special

	unknown     string // "": none
	fuseUnknown bool
	wholeWords  bool
	prefixSpace bool
}

// special is a special token that a file names with its id, -1 where only the name is known.
type special struct {
	token string
	id    int32
}

// build checks the spec and makes the tokenizer.
func (sp *spec) build() (*Tokenizer, error) {
	t := &Tokenizer{
		unknown: -1, fuseUnknown: sp.fuseUnknown, prefixSpace: sp.prefixSpace,
		cache: newWordCache(),
	}
	steps := []func(*Tokenizer) error{sp.fillTokens, sp.fillAdded, sp.fillRules, sp.fillSpecials}
	for _, step := range steps {
		if err := step(t); err != nil {
			return nil, fmt.Errorf("bpe: %w", err)
		}
	}
	return t, nil
}

// fillTokens lays out the vocabulary by id.
func (sp *spec) fillTokens(t *Tokenizer) error {
	if len(sp.vocab) == 0 {
		return fmt.Errorf("%s: the vocabulary is missing or empty", sp.file)
	}
	highest := int32(0)
	for token, id := range sp.vocab {
		// Ids may leave gaps, but a slip must not ask for gigabytes.
		if id < 0 || int(id) > 2*len(sp.vocab)+1024 {
			return fmt.Errorf("%s: token %q has id %d, out of all proportion to a vocabulary of %d", sp.file, token, id, len(sp.vocab))
		}
		highest = max(highest, id)
	}
	t.ids = make(map[string]int32, len(sp.vocab)+len(sp.added))
	t.tokens = make([]string, highest+1)
	taken := make([]bool, highest+1)
	for token, id := range sp.vocab {
		if taken[id] {
			first, second := min(token, t.tokens[id]), max(token, t.tokens[id])
			return fmt.Errorf("%s: tokens %q and %q both have id %d", sp.file, first, second, id)
		}
		taken[id], t.tokens[id], t.ids[token] = true, token, id
	}
	for b, r := range byteRunes {
		t.byteIDs[b] = -1
		if id, ok := sp.vocab[string(r)]; ok {
			t.byteIDs[b] = id
		}
	}
	if sp.wholeWords {
		t.wordIDs = make(map[string]int32, len(sp.vocab))
		for token, id := range sp.vocab {
			t.wordIDs[tokenBytes(token)] = id
		}
	}
	if sp.unknown != "" {
		id, ok := sp.vocab[sp.unknown]
		if !ok {
			return fmt.Errorf("%s: unk_token %q is not in the vocabulary", sp.file, sp.unknown)
		}
		t.unknown = id
	}
	return nil
}

// fillAdded takes in the added tokens. Those that the vocabulary lacks get the
// ids that the library gives them: it does not read the ids in the file, so they must agree.
func (sp *spec) fillAdded(t *Tokenizer) error {
	seen := make(map[string]bool, len(sp.added))
	next := int32(len(sp.vocab)) // the count, not the greatest id: so does the library
	for i, a := range sp.added {
		if a.Content == "" {
			return fmt.Errorf("%s: added_tokens[%d] has no content", sp.file, i)
		}
		if seen[a.Content] {
			return fmt.Errorf("%s: added_tokens[%d] %q is there twice", sp.file, i, a.Content)
		}
		seen[a.Content] = true
		id, ok := t.ids[a.Content]
		if !ok {
			id = next
			for int(id) >= len(t.tokens) {
				t.tokens = append(t.tokens, "")
			}
			if t.tokens[id] != "" {
				return fmt.Errorf("%s: added_tokens[%d] %q needs id %d, which %q has", sp.file, i, a.Content, id, t.tokens[id])
			}
			t.tokens[id], t.ids[a.Content] = a.Content, id
		}
		if a.ID != id {
			return fmt.Errorf("%s: added_tokens[%d] %q has id %d, but the vocabulary gives it %d", sp.file, i, a.Content, a.ID, id)
		}
		next = max(next, id+1)
	}
	for _, normalized := range []bool{false, true} {
		if set := newAddedSet(sp.added, normalized); set.firsts != "" {
			t.added = append(t.added, set)
		}
	}
	t.bytes = make([]string, len(t.tokens))
	t.special = make([]bool, len(t.tokens))
	for id, token := range t.tokens {
		t.bytes[id] = tokenBytes(token)
	}
	for _, a := range sp.added {
		t.special[a.ID] = a.Special
	}
	return nil
}

// fillRules turns the merges into rules on ids.
func (sp *spec) fillRules(t *Tokenizer) error {
	rules := make([]rule, len(sp.merges))
	for i, m := range sp.merges {
		for j, token := range []string{m[0], m[1], m[0] + m[1]} {
			id, ok := sp.vocab[token]
			if !ok {
				return fmt.Errorf("%s: %q of the merge %q + %q is not in the vocabulary", sp.mergeAt(i), token, m[0], m[1])
			}
			switch j {
			case 0:
				rules[i].left = id
			case 1:
				rules[i].right = id
			default:
				rules[i].id = id
			}
		}
	}
	t.rules = newRuleTable(rules)
	return nil
}

// fillSpecials finds the ids that a RoBERTa needs.
func (sp *spec) fillSpecials(t *Tokenizer) error {
	for _, want := range []struct {
		special
		to *int32
	}{
		{sp.bos, &t.bos}, {sp.eos, &t.eos},
		{special{"<pad>", -1}, &t.pad}, {special{"<mask>", -1}, &t.mask},
	} {
		id, ok := t.ids[want.token]
		if !ok {
			return fmt.Errorf("%s: the special token %s is missing", sp.file, want.token)
		}
		if want.id >= 0 && want.id != id {
			return fmt.Errorf("%s: the post-processor gives %s id %d, the vocabulary %d", sp.file, want.token, want.id, id)
		}
		*want.to = id
	}
	return nil
}
