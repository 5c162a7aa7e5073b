package main

import (
	"fmt"
	"os"
)

func main() {
	for name, text := range generated() {
		write(name, text)
	}
}

// generated is every file by its name.
func generated() map[string]string {
	files := map[string]string{
		"decl_amd64.go":       declarations(amd64Sets),
		"decl_arm64.go":       declarations(arm64Sets),
		"int8_vnni_amd64.s":   genInt8(),
		"amx_amd64.s":         genAMX(),
		"gemm_neon_arm64.s":   genGemmNEON(),
		"vector_neon_arm64.s": genVector(neon),
	}
	for _, v := range amd64Sets {
		files["gemm_"+v.name+"_amd64.s"] = genGemm(v)
		files["vector_"+v.name+"_amd64.s"] = genVector(v)
		files["tap_"+v.name+"_amd64.s"] = genTap(v)
		files["transpose_"+v.name+"_amd64.s"] = genTranspose(v)
	}
	return files
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
