package rowio

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unquoteJSON decodes a valid JSON string literal. Unlike encoding/json it keeps bytes that are not UTF-8: how they
// are replaced is the tokenizer's business (Python's rule differs from Go's). A lone surrogate becomes U+FFFD.
func unquoteJSON(lit []byte) []byte {
	lit = lit[1 : len(lit)-1]
	out := make([]byte, 0, len(lit))
	for i := 0; i < len(lit); i++ {
		if lit[i] != '\\' {
			out = append(out, lit[i])
			continue
		}
		i++
		switch c := lit[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(lit[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if len(lit) > i+6 && lit[i+1] == '\\' && lit[i+2] == 'u' {
					low = hex4(lit[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default: // quotation mark, backslash, slash
			out = append(out, c)
		}
	}
	return out
}

func hex4(b []byte) rune {
	v, err := strconv.ParseUint(string(b[:4]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(v)
}

// appendJSONString is the inverse of unquoteJSON: bytes that are not UTF-8 stay as they are.
func appendJSONString(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
