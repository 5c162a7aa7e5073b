package main

import (
	"fmt"
	"strings"
)

// What Go's assembler does not know: AMX's instructions, as bytes (Intel 64 and IA-32 Architectures Software Developer's
// Manual, volume 2). Operands stand in the order of Go's assembler, the destination last.

// Places of integer registers in an encoding.
var integerRegister = map[string]int{"AX": 0, "CX": 1, "DX": 2, "BX": 3, "BP": 5, "SI": 6, "DI": 7, "R8": 8, "R9": 9, "R10": 10, "R11": 11, "R12": 12, "R13": 13, "R14": 14, "R15": 15}

// Prefixes that an encoding implies.
const (
	prefixNone = 0
	prefix66   = 1
	prefixF3   = 2
	prefixF2   = 3
)

// encoded is an instruction as bytes with its text behind it.
func encoded(text string, code ...byte) string {
	var b strings.Builder
	for _, x := range code {
		fmt.Fprintf(&b, "BYTE $0x%02x; ", x)
	}
	return strings.TrimSuffix(b.String(), "; ") + " // " + text
}

// vex is the three-byte VEX prefix and the opcode of an instruction of map 0F38 with W = 0, L = 0.
func vex(prefix, opcode int, reg, index, base, vvvv int) []byte {
	return []byte{0xc4, byte(^reg>>3&1<<7 | ^index>>3&1<<6 | ^base>>3&1<<5 | 2), byte(^vvvv&15<<3 | prefix), byte(opcode)}
}

// tileMemory moves a tile from or to memory: base + disp is its first row, index the distance of rows.
func tileMemory(prefix, tmm int, base string, disp int, index string) []byte {
	b, x := integerRegister[base], integerRegister[index]
	code := append(vex(prefix, 0x4b, 0, x, b, 0), 0, byte(x&7<<3|b&7))
	mod := &code[4]
	*mod = byte(tmm<<3 | 4)
	switch {
	case disp == 0 && b&7 != 5:
	case disp >= -128 && disp < 128:
		*mod |= 1 << 6
		code = append(code, byte(disp))
	default:
		*mod |= 2 << 6
		code = append(code, byte(disp), byte(disp>>8), byte(disp>>16), byte(disp>>24))
	}
	return code
}

func tileLoad(base string, disp int, index string, tmm int) string {
	return encoded(fmt.Sprintf("TILELOADD %d(%s)(%s*1), T%d", disp, base, index, tmm), tileMemory(prefixF2, tmm, base, disp, index)...)
}

// tileStream is tileLoad of what had better not take the place of other numbers in the first cache.
func tileStream(base string, disp int, index string, tmm int) string {
	return encoded(fmt.Sprintf("TILELOADDT1 %d(%s)(%s*1), T%d", disp, base, index, tmm), tileMemory(prefix66, tmm, base, disp, index)...)
}

func tileStore(tmm int, base string, disp int, index string) string {
	return encoded(fmt.Sprintf("TILESTORED T%d, %d(%s)(%s*1)", tmm, disp, base, index), tileMemory(prefixF3, tmm, base, disp, index)...)
}

func tileZero(tmm int) string {
	return encoded(fmt.Sprintf("TILEZERO T%d", tmm), append(vex(prefixF2, 0x49, 0, 0, 0, 0), byte(0xc0|tmm<<3))...)
}

// tileConfigure reads the shapes of tiles, 64 bytes, at base.
func tileConfigure(base string) string {
	b := integerRegister[base]
	return encoded(fmt.Sprintf("LDTILECFG (%s)", base), append(vex(prefixNone, 0x49, 0, 0, b, 0), byte(b&7))...)
}

func tileRelease() string {
	return encoded("TILERELEASE", append(vex(prefixNone, 0x49, 0, 0, 0, 0), 0xc0)...)
}

// tileProducts are the instructions that add a product of two tiles to a third.
var tileProducts = map[string]struct{ prefix, opcode int }{
	"TDPBF16PS": {prefixF3, 0x5c},
	"TDPBUSD":   {prefix66, 0x5e},
}

// tileProduct is dst += a·b.
func tileProduct(name string, b, a, dst int) string {
	p := tileProducts[name]
	return encoded(fmt.Sprintf("%s T%d, T%d, T%d", name, b, a, dst), append(vex(p.prefix, p.opcode, 0, 0, 0, b), byte(0xc0|dst<<3|a))...)
}

// toBFloat16 rounds the numbers in vectors lo and hi to nearest, ties to even, into dst: hi's words stand above lo's. Subnormal numbers become zero. All are below Z16.
func toBFloat16(hi, lo, dst int) string {
	return encoded(fmt.Sprintf("VCVTNE2PS2BF16 Z%d, Z%d, Z%d", lo, hi, dst),
		0x62, byte(^dst>>3&1<<7|1<<6|^lo>>3&1<<5|1<<4|2), byte(^hi&15<<3|4|prefixF2), 0x48, 0x72, byte(0xc0|dst&7<<3|lo&7))
}
