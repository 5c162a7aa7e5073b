// Command gen writes the assembly of package simd and its Go declarations, into the current directory: run it with go generate.
//
// The two instruction sets share one description of every kernel. Polynomials are fitted here (fit.go), so that no table of
// coefficients needs an origin.
package main

import (
	"fmt"
	"go/format"
	"os"
)

func main() {
	for _, v := range []*isa{avx512, avx2} {
		write("gemm_"+v.name+"_amd64.s", genGemm(v))
		write("vector_"+v.name+"_amd64.s", genVector(v))
	}
	write("int8_vnni_amd64.s", genInt8())
	src, err := format.Source([]byte(declarations()))
	if err != nil {
		fail(err)
	}
	write("decl_amd64.go", string(src))
}

func write(name, text string) {
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gen:", err)
	os.Exit(1)
}
