package tasks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

// makeDir creates dir and checks that files can be written there, before any work is done for it.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("--save_to %s: %w", dir, err)
	}
	f, err := os.CreateTemp(dir, ".write-test-*")
	if err != nil {
		return fmt.Errorf("--save_to %s is not writable: %w", dir, err)
	}
	f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return err
	}
	err = readJSON(filepath.Join(dir, ManifestFile), &map[string]any{})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err // a broken manifest is told of before the work, not behind it
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return safetensors.WriteFile(path, append(data, '\n'))
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// runDir is the directory of the run that a --resume_from value names, which may be a tuned part's file.
func runDir(path string) string {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return path
	}
	if file, err := roberta.FindTuned(path); err == nil {
		return filepath.Dir(file)
	}
	return path
}

// copyTokenizer puts the tokenizer that stands beside a pruned model beside another; without one its backbone's is used.
func copyTokenizer(from, to string) error {
	err := roberta.CopyTokenizer(to, os.DirFS(from))
	if errors.Is(err, roberta.ErrNoTokenizer) {
		return nil
	}
	return err
}

// logTo sends the log to DIR/log.txt as well.
func (w *workspace) logTo(dir string) (closeLog func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "log.txt"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	file := slog.NewTextHandler(f, nil)
	if w.Log == nil {
		w.Log = slog.New(file)
	} else {
		w.Log = slog.New(slog.NewMultiHandler(w.Log.Handler(), file))
	}
	return func() { f.Close() }, nil
}

// sameDir reports whether two paths are one directory, as far as can be told without touching them.
func sameDir(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	if err == nil && err2 == nil {
		return os.SameFile(x, y)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}

// ShellWord is s as a shell takes it, for command lines that are printed.
func ShellWord(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("+-._/=:,@%", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
	if plain && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
