package bpe

// Decode returns the text of ids, special tokens included as they are written.
// Bytes that are no valid UTF-8 together become U+FFFD; ids outside the
// vocabulary are passed over, as in Hugging Face's decode with
// skip_special_tokens=False.
func (t *Tokenizer) Decode(ids []int32) string { return t.decode(ids, false) }

// DecodeText is [Tokenizer.Decode] without the special tokens:
// skip_special_tokens=True.
func (t *Tokenizer) DecodeText(ids []int32) string { return t.decode(ids, true) }

func (t *Tokenizer) decode(ids []int32, skipSpecial bool) string {
	var out []byte
	for _, id := range ids {
		if id < 0 || int(id) >= len(t.bytes) || skipSpecial && t.special[id] {
			continue
		}
		out = append(out, t.bytes[id]...)
	}
	return replaceInvalid(string(out))
}
