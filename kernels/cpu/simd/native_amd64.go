//go:build !noasm

package simd

import "golang.org/x/sys/cpu"

// native lists the assembly sets that this processor and its operating system run.
func native() []*Set {
	var out []*Set
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasFMA {
		set := Set{Name: "avx512", isa: isaAVX512, mr: mrAVX512, nr: nrAVX512, v: vectorAVX512, vnni: x.HasAVX512VNNI}
		if set.vnni && amxPermitted() {
			with := set
			with.Name, with.amx = "amx", true
			out = append(out, &with)
		}
		out = append(out, &set)
	}
	if x.HasAVX2 && x.HasFMA {
		out = append(out, &Set{Name: "avx2", isa: isaAVX2, mr: mrAVX2, nr: nrAVX2, v: vectorAVX2})
	}
	return out
}
