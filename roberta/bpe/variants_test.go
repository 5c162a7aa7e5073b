package bpe

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goldenVariant is mini's tokenizer.json with other settings.
type goldenVariant struct {
	AddedTokens  []any    `json:"added_tokens"`
	PrefixSpace  bool     `json:"prefix_space"`
	IgnoreMerges bool     `json:"ignore_merges"`
	Unk          *string  `json:"unk"`
	Fuse         bool     `json:"fuse"`
	RepeatMerges bool     `json:"repeat_merges"`
	Gone         []string `json:"gone"` // bytes that the vocabulary lacks
	Texts        []string
	IDs          [][]int32
	Decoded      []string
}

// apply makes the same change to the file as the script that made the golden.
func (v *goldenVariant) apply(t *testing.T, text []byte) []byte {
	return edited(t, text, func(f map[string]any) {
		f["added_tokens"] = append(f["added_tokens"].([]any), v.AddedTokens...)
		f["pre_tokenizer"].(map[string]any)["add_prefix_space"] = v.PrefixSpace
		m := f["model"].(map[string]any)
		m["ignore_merges"], m["unk_token"], m["fuse_unk"] = v.IgnoreMerges, v.Unk, v.Fuse
		gone := map[any]bool{}
		for _, token := range v.Gone {
			delete(m["vocab"].(map[string]any), token)
			gone[token] = true
		}
		var merges []any
		for _, p := range m["merges"].([]any) {
			if pair := p.([]any); !gone[pair[0]] && !gone[pair[1]] {
				merges = append(merges, p)
			}
		}
		if v.RepeatMerges {
			merges = append(merges, merges[:200]...)
		}
		m["merges"] = merges
	})
}

// edited changes a JSON file.
func edited(tb testing.TB, text []byte, change func(f map[string]any)) []byte {
	tb.Helper()
	var f map[string]any
	if err := json.Unmarshal(text, &f); err != nil {
		tb.Fatal(err)
	}
	change(f)
	text, err := json.Marshal(f)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func TestGoldenVariants(t *testing.T) {
	text, variants := tokenizerText(t, "mini"), readMore(t).Variants
	if len(variants) < 10 {
		t.Fatalf("only %d golden variants", len(variants))
	}
	for i, v := range variants {
		tok := load(t, jsonDir(v.apply(t, text)))
		for j, s := range v.Texts {
			if diff := cmp.Diff(v.IDs[j], tok.Encode(s)); diff != "" {
				t.Errorf("variant %d, %q (-Hugging Face +ours):\n%s", i, s, diff)
				break
			}
			if got := tok.Decode(v.IDs[j]); got != v.Decoded[j] {
				t.Errorf("variant %d: Decode(%v) = %q, Hugging Face %q", i, v.IDs[j], got, v.Decoded[j])
				break
			}
		}
	}
}
