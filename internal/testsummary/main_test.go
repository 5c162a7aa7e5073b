package main

import (
	"strings"
	"testing"
)

func TestSummarise(t *testing.T) {
	const p = `"Package":"github.com/skillneuron/skillneuron/engine"`
	passing := `{"Action":"pass",` + p + `,"Test":"TestA"}
{"Action":"output",` + p + `,"Test":"TestB","Output":"    b_test.go:7: this machine has no avx512\n"}
{"Action":"skip",` + p + `,"Test":"TestB"}
{"Action":"pass",` + p + `,"Elapsed":1.5}
`
	for _, c := range []struct {
		name, in string
		ok       bool
		want     []string
	}{
		{"pass and skip", passing, true, []string{"engine", "skipped TestB: this machine has no avx512", "ok: 1 passed, 0 failed"}},
		{"failure", passing + `{"Action":"output",` + p + `,"Test":"TestC","Output":"c_test.go:1: wrong\n"}
{"Action":"fail",` + p + `,"Test":"TestC"}
{"Action":"fail",` + p + `}`, false, []string{"c_test.go:1: wrong", "FAILED: 1 passed, 1 failed"}},
		{"no build", `{"ImportPath":"github.com/skillneuron/skillneuron/x [y]","Action":"build-output","Output":"x.go:1: no\n"}
{"ImportPath":"github.com/skillneuron/skillneuron/x [y]","Action":"build-fail"}`, false, []string{"x.go:1: no", "did not build"}},
		{"nothing at all", "", false, []string{"FAILED"}},
		{"stray output", "panic: oh\n" + passing, true, []string{"panic: oh"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			if ok := summarise(strings.NewReader(c.in), &out); ok != c.ok {
				t.Errorf("summarise = %v, want %v", ok, c.ok)
			}
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("no %q in:\n%s", w, out.String())
				}
			}
		})
	}
}
