package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSkipsOfOtherMachines: each skip that a test has written down is one that is allowed, on machines that lack what this one has.
func TestSkipsOfOtherMachines(t *testing.T) {
	skips := regexp.MustCompile(`\bt\.Skipf?\("([^"]+)"`)
	n := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range skips.FindAllStringSubmatch(string(text), -1) {
			n++
			if reason := strings.ReplaceAll(m[1], "%s", "amx"); !excused(reason) {
				t.Errorf("%s: a test skips for %q, which skips.go does not allow", path, m[1])
			}
		}
		return err
	})
	if err != nil || n == 0 {
		t.Fatalf("%d skips found: %v", n, err)
	}
}

func TestExcused(t *testing.T) {
	for reason, want := range map[string]bool{
		"this machine has no GPU":                                    true,
		"this machine has no avx512: kernel set avx512: no such":     true,
		`kernel set "avx2" is not available on this processor or in`: true,
		`there is no kernel set "avx2"`:                              false,
		"this machine has no AMX":                                    true,
		"this machine has no AVX-512 VNNI":                           true,
		"this machine has no neon":                                   true,
		"no torch: pip install it":                                   true,
		"no Python":                                                  true,
		"runs as root, whom no permission stops":                     true,
		"short mode: a second whole run":                             true,
		"this system sends no SIGTERM to a process":                  true,
		"":                                  false,
		"no reason given":                   false,
		"flaky":                             false,
		"later: this machine has no avx512": false,
		"this machine has no time":          false,
		"this machine has no avx5120":       false,
		"in no short mode":                  false,
		"no torchlight":                     false,
	} {
		if got := excused(reason); got != want {
			t.Errorf("%q is an excuse: %t, want %t", reason, got, want)
		}
	}
}

// A skip without an excuse fails the summary and is told apart; also a skip that gives no reason, and that of a subtest.
func TestSkipsThatAreNotAllowed(t *testing.T) {
	const p = `"Package":"github.com/skillneuron/skillneuron/engine"`
	skip := func(test, output string) string {
		s := ""
		if output != "" {
			s = `{"Action":"output",` + p + `,"Test":"` + test + `","Output":"    b_test.go:7: ` + output + `\n"}` + "\n"
		}
		return s + `{"Action":"skip",` + p + `,"Test":"` + test + `"}` + "\n"
	}
	for _, c := range []struct {
		name, in string
		ok       bool
		want     []string
	}{
		{"excused", skip("TestB", "this machine has no avx2"), true, []string{"skipped TestB: this machine has no avx2", "ok: 1 passed, 0 failed"}},
		{"other", skip("TestB", "fails sometimes"), false, []string{"skipped TestB: fails sometimes (not a reason that skips.go allows)", "FAILED: 1 passed, 0 failed, 1 skipped without an allowed reason"}},
		{"silent", skip("TestB/sub", ""), false, []string{"skipped TestB/sub: no reason given (not", "1 skipped without"}},
		{"both", skip("TestB", "no torch") + skip("TestC", "later") + skip("TestD", "never"), false, []string{"skipped TestB: no torch\n", "2 skipped without"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := `{"Action":"pass",` + p + `,"Test":"TestA"}` + "\n" + c.in + `{"Action":"pass",` + p + `,"Elapsed":1.5}` + "\n"
			var out strings.Builder
			if ok := summarise(strings.NewReader(in), &out); ok != c.ok {
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
