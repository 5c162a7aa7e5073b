package steps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/tasks/npy"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// result is what one call came to.
type result struct {
	status         int
	stdout, stderr string
}

// run runs "NAME ARG…" as a shell would, without quoting.
func run(t testing.TB, line string) result {
	t.Helper()
	words := strings.Fields(line)
	name := strings.TrimPrefix(words[0], "bin/")
	var out, errs bytes.Buffer
	status := cli.Run(t.Context(), name, words[1:], &out, &errs, all[name])
	return result{status, out.String(), errs.String()}
}

// must is [run] of what has to succeed.
func must(t testing.TB, line string) result {
	t.Helper()
	r := run(t, line)
	if r.status != 0 {
		t.Fatalf("%s\nexit status %d: %s", line, r.status, r.stderr)
	}
	return r
}

// mustJSON is [must] with --json; v receives the result.
func mustJSON(t testing.TB, line string, v any) {
	t.Helper()
	r := must(t, line+" --json --quiet")
	d := json.NewDecoder(strings.NewReader(r.stdout))
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s\nstdout is no JSON: %v\n%s", line, err, r.stdout)
	}
	if d.More() {
		t.Fatalf("%s\nstdout holds more than one JSON value:\n%s", line, r.stdout)
	}
}

// workplace is an empty directory to work in, with the random tiny backbone as "tiny" and SST-2's first rows as "data".
func workplace(t testing.TB) string {
	t.Helper()
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.(interface{ Chdir(string) }).Chdir(dir)
	copyTiny(t, "tiny")
	sst2(t, repo, "data", 48, 24, 24)
	return dir
}

func copyTiny(t testing.TB, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, golden.Tiny()); err != nil {
		t.Fatal(err)
	}
}

// sst2 writes the first rows of each split of SST-2.
func sst2(t testing.TB, repo, dir string, train, dev, test int) {
	t.Helper()
	for name, n := range map[string]int{"train": train, "dev": dev, "test": test} {
		text, err := os.ReadFile(filepath.Join(repo, "testdata/sst2", name+".tsv"))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfterN(string(text), "\n", n+1)
		write(t, filepath.Join(dir, name+".tsv"), strings.Join(lines[:n], ""))
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	if err := json.Unmarshal(read(t, path), v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// array reads an array and checks its shape; as no conversion is wanted, the file's own type is compared, too.
func array[T npy.Element](t testing.TB, path, descr string, shape ...int) []T {
	t.Helper()
	got, x, err := npy.Read[T](path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, shape) {
		t.Fatalf("%s has shape %v, want %v", path, got, shape)
	}
	if head := read(t, path)[:100]; !bytes.Contains(head, []byte("'"+descr+"'")) {
		t.Fatalf("%s is not of type %s: %q", path, descr, head)
	}
	return x
}

// same fails unless both files hold the same bytes.
func same(t testing.TB, a, b string) {
	t.Helper()
	if !bytes.Equal(read(t, a), read(t, b)) {
		t.Errorf("%s and %s differ", a, b)
	}
}

// tree lists the files under dir, sorted.
func tree(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// has fails unless s holds every part.
func has(t testing.TB, what, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(s, p) {
			t.Errorf("%s does not hold %q:\n%s", what, p, s)
		}
	}
}

func shareNames() []string {
	out := []string{"0.0"}
	for k := 1; k <= 20; k++ {
		out = append(out, strings.TrimSuffix(fmt.Sprintf("0.%02d", k), "0"))
	}
	return out
}
