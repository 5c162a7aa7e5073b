package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The vector kernels are written in the instructions of amd64, whose 16 registers keep their names here. NEON has 32, has no operands in
// memory, and its multiply-add overwrites the addend: VFMADD213PS, which overwrites a factor, takes a fresh register for the sum, and
// from there on the name means that one. So no such step costs a move, and every element gets the bits that AVX2 gives.

const (
	namedRegs = 16
	neonRegs  = 32
	constBase = "R10" // address of the constants
)

// renaming says which register a name means.
type renaming struct {
	at   [namedRegs]int
	free []int
}

func newRenaming() *renaming {
	m := &renaming{}
	for i := range m.at {
		m.at[i] = i
	}
	for i := neonRegs - 1; i >= namedRegs; i-- {
		m.free = append(m.free, i)
	}
	return m
}

func (m *renaming) take() int {
	if len(m.free) == 0 {
		fail(fmt.Errorf("no register is free"))
	}
	r := m.free[len(m.free)-1]
	m.free = m.free[:len(m.free)-1]
	return r
}

func (m *renaming) give(r int) { m.free = append(m.free, r) }

// move lets a name mean another register, which was taken.
func (m *renaming) move(name, to int) {
	m.give(m.at[name])
	m.at[name] = to
}

// home ends straight code: every name means its own register again. Those that carry something over must still do so.
func (m *renaming) home(carried ...int) {
	for _, name := range carried {
		if m.at[name] != name {
			fail(fmt.Errorf("%s is carried from one vector to the next, but has moved", neon.v(name)))
		}
	}
	*m = *newRenaming()
}

// named is the number of a vector register's name.
func named(arg string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(arg, neon.reg))
	if err != nil || n < 0 || n >= namedRegs {
		fail(fmt.Errorf("%q is no vector register", arg))
	}
	return n
}

// place is the register that a name means.
func (f *file) place(arg string) int { return f.names.at[named(arg)] }

// operand is the register of a name, or one that a constant is loaded to; done gives that back.
func (f *file) operand(arg string) (reg int, done func()) {
	if strings.HasPrefix(arg, neon.reg) {
		return f.place(arg), func() {}
	}
	r := f.names.take()
	f.constant(arg, r)
	return r, func() { f.names.give(r) }
}

func (f *file) constant(arg string, reg int) {
	_, at, ok := strings.Cut(strings.TrimSuffix(arg, "(SB)"), "<>+")
	if !ok {
		fail(fmt.Errorf("%q is neither a register nor a constant", arg))
	}
	f.raw("\tFMOVQ %s(%s), F%d", at, constBase, reg)
}

// withConstants writes a routine after the address of the constants, where NEON needs it.
func (f *file) withConstants(write func()) {
	before := f.b.String()
	f.b.Reset()
	write()
	body := f.b.String()
	f.b.Reset()
	f.b.WriteString(before)
	if strings.Contains(body, "("+constBase+")") {
		f.raw("\tMOVD $consts%s<>(SB), %s", f.suffix, constBase)
	}
	f.b.WriteString(body)
}

// addend is a fresh register that holds what a multiply-add adds to.
func (f *file) addend(arg string, negative bool) int {
	r := f.names.take()
	switch {
	case negative:
		f.word(vectors("FNEG", r, f.place(arg)))
	case strings.HasPrefix(arg, neon.reg):
		f.raw("\tVMOV V%d.B16, V%d.B16", f.place(arg), r)
	default:
		f.constant(arg, r)
	}
	return r
}

var (
	loweredScalar = map[string]string{"MOVQ": "MOVD", "SUBQ": "SUBS", "ADDQ": "ADDS", "JLT": "BLT", "JGE": "BGE", "JZ": "BEQ", "LEAQ": "MOVD"}
	loweredFloat  = map[string]string{"VADDPS": "FADD", "VSUBPS": "FSUB", "VMULPS": "FMUL", "VDIVPS": "FDIV"}
	loweredInt    = map[string]string{"VPADDD": "VADD V%d.S4, V%d.S4, V%d.S4", "VPSUBD": "VSUB V%d.S4, V%d.S4, V%d.S4", "VANDPS": "VAND V%d.B16, V%d.B16, V%d.B16"}
	loweredSum    = map[string]string{"VFMADD231PS": "VFMLA", "VFNMADD231PS": "VFMLS"}
)

// lower writes what does the same as an instruction of amd64: the few that the kernels use, with Go's order of operands, the result last.
func (f *file) lower(name string, args []string) {
	dst := func() int { return f.place(args[len(args)-1]) }
	switch name {
	case "VZEROUPPER":
	case "RET":
		f.raw("\tRET")
	case "MOVQ", "SUBQ", "ADDQ", "LEAQ", "JLT", "JGE", "JZ":
		args = slices.Clone(args)
		if name == "LEAQ" {
			args[0] = "$" + args[0]
		}
		f.raw("\t%s %s", loweredScalar[name], strings.Join(args, ", "))
	case "VBROADCASTSS":
		f.raw("\tFMOVS %s, F%d", args[0], dst())
		f.raw("\tVDUP V%d.S[0], V%d.S4", dst(), dst())
	case "VXORPS":
		f.raw("\tVEOR V%d.B16, V%d.B16, V%[1]d.B16", dst(), dst())
	case "VMOVUPS":
		f.constant(args[0], dst())
	case "VMOVAPS":
		f.raw("\tVMOV V%d.B16, V%d.B16", f.place(args[0]), dst())
	case "VADDPS", "VSUBPS", "VMULPS", "VDIVPS":
		b, done := f.operand(args[0])
		f.word(vectors(loweredFloat[name], dst(), f.place(args[1]), b))
		done()
	case "VPADDD", "VPSUBD", "VANDPS":
		b, done := f.operand(args[0])
		f.raw("\t"+loweredInt[name], b, f.place(args[1]), dst())
		done()
	case "VFMADD231PS", "VFNMADD231PS":
		b, done := f.operand(args[0])
		f.raw("\t%s V%d.S4, V%d.S4, V%d.S4", loweredSum[name], b, f.place(args[1]), dst())
		done()
	case "VFMADD213PS", "VFMSUB213PS":
		r := f.addend(args[0], name == "VFMSUB213PS")
		f.raw("\tVFMLA V%d.S4, V%d.S4, V%d.S4", f.place(args[1]), dst(), r)
		f.names.move(named(args[2]), r)
	case "VMINPS", "VMAXPS":
		f.extreme(name == "VMAXPS", args)
	case "VCMPPS": // $1: less than
		b, done := f.operand(args[1])
		f.word(vectors("FCMGT", dst(), b, f.place(args[2])))
		done()
	case "VBLENDVPS":
		mask := f.names.take()
		f.word(vectors("CMLT", mask, f.place(args[0])))
		if args[3] == args[2] {
			f.raw("\tVBIT V%d.B16, V%d.B16, V%d.B16", mask, f.place(args[1]), dst())
		} else {
			f.raw("\tVBIF V%d.B16, V%d.B16, V%d.B16", mask, f.place(args[2]), dst())
		}
		f.names.give(mask)
	case "VROUNDPS":
		f.word(vectors("FRINTN", dst(), f.place(args[1])))
	case "VCVTPS2DQ":
		f.word(vectors("FCVTNS", dst(), f.place(args[0])))
	case "VPSRAD":
		by, err := strconv.Atoi(strings.TrimPrefix(args[0], "$"))
		if err != nil {
			fail(err)
		}
		f.word(shiftRight(dst(), f.place(args[1]), by))
	case "VPSLLD":
		f.raw("\tVSHL %s, V%d.S4, V%d.S4", args[0], f.place(args[1]), dst())
	default:
		fail(fmt.Errorf("%s is not known on %s", name, f.isa.name))
	}
}

// extreme is the lesser or the larger of two as amd64 has it: the last operand, Go's first, where one is NaN. NEON's own
// would take the NaN, or never. The result replaces one of the two.
func (f *file) extreme(largest bool, args []string) {
	b, done := f.operand(args[0])
	a, mask := f.place(args[1]), f.names.take()
	if largest {
		f.word(vectors("FCMGT", mask, a, b))
	} else {
		f.word(vectors("FCMGT", mask, b, a))
	}
	switch args[2] {
	case args[0]:
		f.raw("\tVBIT V%d.B16, V%d.B16, V%d.B16", mask, a, b)
	case args[1]:
		f.raw("\tVBIF V%d.B16, V%d.B16, V%d.B16", mask, b, a)
	default:
		fail(fmt.Errorf("%v of three registers", args))
	}
	f.names.give(mask)
	done()
}
