package bpe

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
)

// TestEveryCodePoint compares the ids of every assigned plane's code points, beside a letter, a
// digit, a sign, a blank and <mask>, with the library's, as digests.
func TestEveryCodePoint(t *testing.T) {
	tok, blocks := tokenizer(t, "mini"), readMore(t).CodePoints
	if len(blocks) < 50 {
		t.Fatalf("only %d golden blocks", len(blocks))
	}
	var ids []int32
	var raw []byte
	for _, b := range blocks {
		var text strings.Builder
		for r := rune(b.Block) << 12; r < rune(b.Block+1)<<12; r++ {
			if 0xD800 <= r && r < 0xE000 {
				continue
			}
			c := string(r)
			text.WriteString("a" + c + "1" + c + "!" + c + " " + c + c + "<mask>")
		}
		ids, raw = tok.AppendEncode(ids[:0], text.String()), raw[:0]
		for _, id := range ids {
			raw = binary.LittleEndian.AppendUint32(raw, uint32(id))
		}
		sum := sha256.Sum256(raw)
		if len(ids) != b.N || hex.EncodeToString(sum[:]) != b.SHA256 {
			t.Errorf("code points from U+%04X: %d ids that differ from Hugging Face's %d", b.Block<<12, len(ids), b.N)
		}
	}
}
