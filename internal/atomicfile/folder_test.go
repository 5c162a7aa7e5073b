package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder writes files aside, each with the text in it.
func folder(t *testing.T, path, text string, names ...string) *Folder {
	t.Helper()
	f, err := NewFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(f.Dir(), name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(f.Dir(), name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// files lists everything below dir as name=content.
func files(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all = append(all, filepath.ToSlash(rel)+"="+string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestFolderAppearsAtOnce(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "above", "a")
	f := folder(t, path, "1", "x", "below/y")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there before Commit: %v", err)
	}
	if err := Commit(f); err != nil {
		t.Fatal(err)
	}
	if got := files(t, root); got != "above/a/below/y=1 above/a/x=1" {
		t.Errorf("%s", got)
	}
	a, _ := os.Stat(path)
	if err := os.Mkdir(filepath.Join(root, "any"), 0o777); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.Stat(filepath.Join(root, "any")); a.Mode() != b.Mode() {
		t.Errorf("%v, os.Mkdir gives %v", a.Mode(), b.Mode())
	}
}

func TestFolderReplacesFilesAndKeepsOthers(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a")
	if err := Commit(folder(t, path, "1", "x", "below/y", "own")); err != nil {
		t.Fatal(err)
	}
	if err := Commit(folder(t, path, "2", "x", "below/y", "new/z"), folder(t, filepath.Join(root, "b"), "2", "x")); err != nil {
		t.Fatal(err)
	}
	if got := files(t, root); got != "a/below/y=2 a/new/z=2 a/own=1 a/x=2 b/x=2" {
		t.Errorf("%s", got)
	}
	if got := entries(t, path); got != "below new own x" {
		t.Errorf("left: %s", got)
	}
}

func TestFolderAbandoned(t *testing.T) {
	root := t.TempDir()
	folder(t, filepath.Join(root, "above", "a"), "1", "below/x").Abandon()
	if got := entries(t, root); got != "" {
		t.Errorf("left: %s", got)
	}
	path := filepath.Join(root, "b")
	if err := Commit(folder(t, path, "1", "x")); err != nil {
		t.Fatal(err)
	}
	folder(t, path, "2", "x").Abandon()
	if got := files(t, root); got != "b/x=1" {
		t.Errorf("%s", got)
	}
}

// What stops between the first file and the last leaves its mark in every folder that may be a mixture, and the next call mends it.
func TestFolderStoppedHalfWay(t *testing.T) {
	root := t.TempDir()
	a, b := filepath.Join(root, "a"), filepath.Join(root, "b")
	if err := Commit(folder(t, a, "1", "x", "y"), folder(t, b, "1", "x")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(a, "y")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(a, "y", "full"), 0o777); err != nil { // no file can take its place
		t.Fatal(err)
	}
	fa, fb := folder(t, a, "2", "x", "y"), folder(t, b, "2", "x")
	err := Commit(fa, fb)
	if err == nil || !strings.Contains(err.Error(), a+" cannot be written") || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("%v", err)
	}
	fa.Abandon()
	fb.Abandon()
	for dir, want := range map[string]string{a: Unfinished + " x y", b: Unfinished + " x"} {
		if got := entries(t, dir); got != want {
			t.Errorf("%s holds %s, want %s", dir, got, want)
		}
	}
	if err := os.RemoveAll(filepath.Join(a, "y")); err != nil {
		t.Fatal(err)
	}
	if err := Commit(folder(t, a, "2", "x", "y"), folder(t, b, "2", "x")); err != nil {
		t.Fatal(err)
	}
	if got := files(t, root); got != "a/x=2 a/y=2 b/x=2" {
		t.Errorf("%s", got)
	}
}

func TestFoldersThatCannotBeMade(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "below")} {
		if _, err := NewFolder(path); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := entries(t, root); got != "file" {
		t.Errorf("left: %s", got)
	}
}
