package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestAMXEncodings compares with what GNU as (binutils 2.40) makes of the same instructions; the registers are chosen so that a field in the wrong place shows.
func TestAMXEncodings(t *testing.T) {
	for _, c := range []struct{ got, code, text string }{
		{tileConfigure("AX"), "c4e2784900", "LDTILECFG (AX)"},
		{tileConfigure("R9"), "c4c2784901", "LDTILECFG (R9)"},
		{tileRelease(), "c4e27849c0", "TILERELEASE"},
		{tileZero(0), "c4e27b49c0", "TILEZERO T0"},
		{tileZero(3), "c4e27b49d8", "TILEZERO T3"},
		{tileLoad("AX", 0, "BX", 4), "c4e27b4b2418", "TILELOADD 0(AX)(BX*1), T4"},
		{tileLoad("BX", 4096, "DX", 7), "c4e27b4bbc1300100000", "TILELOADD 4096(BX)(DX*1), T7"},
		{tileLoad("R8", 64, "CX", 5), "c4c27b4b6c0840", "TILELOADD 64(R8)(CX*1), T5"},
		{tileLoad("R13", 0, "CX", 5), "c4c27b4b6c0d00", "TILELOADD 0(R13)(CX*1), T5"},
		{tileStream("R8", 64, "CX", 5), "c4c2794b6c0840", "TILELOADDT1 64(R8)(CX*1), T5"},
		{tileStore(2, "DI", 2048, "R11"), "c4a27a4b941f00080000", "TILESTORED T2, 2048(DI)(R11*1)"},
		{tileStore(3, "R13", 64, "DX"), "c4c27a4b5c1540", "TILESTORED T3, 64(R13)(DX*1)"},
		{tileProduct("TDPBF16PS", 6, 4, 0), "c4e24a5cc4", "TDPBF16PS T6, T4, T0"},
		{tileProduct("TDPBF16PS", 7, 5, 3), "c4e2425cdd", "TDPBF16PS T7, T5, T3"},
		{tileProduct("TDPBUSD", 6, 4, 0), "c4e2495ec4", "TDPBUSD T6, T4, T0"},
		{tileProduct("TDPBUSD", 7, 5, 3), "c4e2415edd", "TDPBUSD T7, T5, T3"},
		{toBFloat16(9, 8, 0), "62d2374872c0", "VCVTNE2PS2BF16 Z8, Z9, Z0"},
		{toBFloat16(4, 3, 13), "62725f4872eb", "VCVTNE2PS2BF16 Z3, Z4, Z13"},
	} {
		code, text, _ := strings.Cut(c.got, " // ")
		code = strings.NewReplacer("BYTE $0x", "", "; ", "").Replace(code)
		if code != c.code || text != c.text {
			t.Errorf("%s is encoded as %s, want %s (%s)", text, code, c.code, c.text)
		}
	}
	if got := fmt.Sprint(len(tileProducts)); got != "2" {
		t.Errorf("%s products, of which two are tested", got)
	}
}
