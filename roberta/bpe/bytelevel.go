package bpe

// GPT-2 writes each byte of a token as one printable character: printable
// Latin-1 stands for itself, the other 68 bytes for U+0100 and what follows.
var (
	byteRunes = makeByteRunes()
	runeBytes = makeRuneBytes()
)

func makeByteRunes() (t [256]rune) {
	spare := rune(0x100)
	for b := range t {
		switch {
		case '!' <= b && b <= '~', 0xA1 <= b && b <= 0xAC, 0xAE <= b && b <= 0xFF:
			t[b] = rune(b)
		default:
			t[b] = spare
			spare++
		}
	}
	return t
}

func makeRuneBytes() map[rune]byte {
	m := make(map[rune]byte, 256)
	for b, r := range byteRunes {
		m[r] = byte(b)
	}
	return m
}

// tokenBytes gives the bytes that a token stands for. A token with a character
// outside the alphabet (an added one with a space in it) stands for itself.
func tokenBytes(token string) string {
	out := make([]byte, 0, len(token))
	for _, r := range token {
		b, ok := runeBytes[r]
		if !ok {
			return token
		}
		out = append(out, b)
	}
	return string(out)
}
