package main

import (
	"strings"
	"testing"
)

// TestEncodings compares with what GNU as (binutils 2.40) makes of the same text; the registers are chosen so that a field in the
// wrong place shows.
func TestEncodings(t *testing.T) {
	pair := func(word uint32, text string) [2]any { return [2]any{word, text} }
	tested := map[string]bool{}
	for _, c := range []struct {
		got  [2]any
		word uint32
		text string
	}{
		{pair(vectors("FADD", 31, 1, 16)), 0x4e30d43f, "FADD V31.4S, V1.4S, V16.4S"},
		{pair(vectors("FSUB", 0, 30, 17)), 0x4eb1d7c0, "FSUB V0.4S, V30.4S, V17.4S"},
		{pair(vectors("FMUL", 9, 31, 8)), 0x6e28dfe9, "FMUL V9.4S, V31.4S, V8.4S"},
		{pair(vectors("FDIV", 16, 15, 31)), 0x6e3ffdf0, "FDIV V16.4S, V15.4S, V31.4S"},
		{pair(vectors("FCMGT", 21, 10, 20)), 0x6eb4e555, "FCMGT V21.4S, V10.4S, V20.4S"},
		{pair(vectors("FADDP", 12, 11, 10)), 0x6e2ad56c, "FADDP V12.4S, V11.4S, V10.4S"},
		{pair(vectors("FMAXNMP", 31, 16, 1)), 0x6e21c61f, "FMAXNMP V31.4S, V16.4S, V1.4S"},
		{pair(vectors("CMLT", 31, 16)), 0x4ea0aa1f, "CMLT V31.4S, V16.4S, #0"},
		{pair(vectors("FNEG", 17, 30)), 0x6ea0fbd1, "FNEG V17.4S, V30.4S"},
		{pair(vectors("FRINTN", 6, 25)), 0x4e218b26, "FRINTN V6.4S, V25.4S"},
		{pair(vectors("FCVTNS", 25, 6)), 0x4e21a8d9, "FCVTNS V25.4S, V6.4S"},
		{pair(shiftRight(9, 18, 1)), 0x4f3f0649, "SSHR V9.4S, V18.4S, #1"},
		{pair(shiftRight(31, 31, 32)), 0x4f2007ff, "SSHR V31.4S, V31.4S, #32"},
		{pair(shiftRight(0, 1, 23)), 0x4f290420, "SSHR V0.4S, V1.4S, #23"},
		{pair(byElement(0, 28, 21, 0)), 0x4f951380, "FMLA V0.4S, V28.4S, V21.S[0]"},
		{pair(byElement(20, 30, 27, 1)), 0x4fbb13d4, "FMLA V20.4S, V30.4S, V27.S[1]"},
		{pair(byElement(31, 0, 15, 2)), 0x4f8f181f, "FMLA V31.4S, V0.4S, V15.S[2]"},
		{pair(byElement(1, 31, 16, 3)), 0x4fb01be1, "FMLA V1.4S, V31.4S, V16.S[3]"},
	} {
		tested[strings.Fields(c.text)[0]] = true
		if c.got != [2]any{c.word, c.text} {
			t.Errorf("%v is encoded as %#08x, want %#08x (%s)", c.got[1], c.got[0], c.word, c.text)
		}
	}
	for name := range neonWords {
		if !tested[name] {
			t.Errorf("the table lacks %s", name)
		}
	}
}
