package main

import "fmt"

// neonWords are the floating-point instructions on four lanes that Go's assembler lacks, with every register 0: Arm ARM, C7.2.
var neonWords = map[string]uint32{
	// Vd, Vn, Vm
	"FADD":    0x4e20d400,
	"FSUB":    0x4ea0d400,
	"FMUL":    0x6e20dc00,
	"FDIV":    0x6e20fc00,
	"FCMGT":   0x6ea0e400,
	"FADDP":   0x6e20d400,
	"FMAXNMP": 0x6e20c400,
	// Vd, Vn
	"CMLT":   0x4ea0a800, // integers, with zero
	"FNEG":   0x6ea0f800,
	"FRINTN": 0x4e218800,
	"FCVTNS": 0x4e21a800,
	"SSHR":   0x4f200400, // by 32 - the number at bit 16
	// Vd, Vn, Vm.S[i]
	"FMLA": 0x4f801000,
}

// vectors encodes an instruction that takes whole registers, and says what it is as a disassembler does.
func vectors(name string, d, n int, m ...int) (word uint32, text string) {
	word = known(name) | register(n)<<5 | register(d)
	text = fmt.Sprintf("%s V%d.4S, V%d.4S", name, d, n)
	for _, m := range m {
		word |= register(m) << 16
		text += fmt.Sprintf(", V%d.4S", m)
	}
	if name == "CMLT" {
		text += ", #0"
	}
	return word, text
}

// shiftRight encodes d = n >> by, with the sign.
func shiftRight(d, n, by int) (word uint32, text string) {
	if by < 1 || by > 32 {
		fail(fmt.Errorf("SSHR by %d", by))
	}
	return known("SSHR") | uint32(32-by)<<16 | register(n)<<5 | register(d), fmt.Sprintf("SSHR V%d.4S, V%d.4S, #%d", d, n, by)
}

// byElement encodes d += n·m[i].
func byElement(d, n, m, i int) (word uint32, text string) {
	if i < 0 || i > 3 {
		fail(fmt.Errorf("FMLA by element %d", i))
	}
	h, l := uint32(i)>>1, uint32(i)&1
	return known("FMLA") | l<<21 | register(m)<<16 | h<<11 | register(n)<<5 | register(d), fmt.Sprintf("FMLA V%d.4S, V%d.4S, V%d.S[%d]", d, n, m, i)
}

func known(name string) uint32 {
	w, ok := neonWords[name]
	if !ok {
		fail(fmt.Errorf("no encoding of %s", name))
	}
	return w
}

func register(i int) uint32 {
	if i < 0 || i > 31 {
		fail(fmt.Errorf("no register V%d", i))
	}
	return uint32(i)
}

// word writes an encoded instruction.
func (f *file) word(w uint32, text string) { f.raw("\tWORD $%#08x // %s", w, text) }
