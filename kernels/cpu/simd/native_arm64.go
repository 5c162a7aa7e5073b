//go:build !noasm

package simd

// native is NEON, which every arm64 processor that Go runs on has.
func native() []*Set {
	return []*Set{{Name: "neon", isa: isaNEON, mr: mrNEON, nr: nrNEON, v: vectorNEON}}
}
