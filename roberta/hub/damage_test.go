package hub

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta/hub/hubtest"
)

// What lies there from before may be wrong: longer than the file, of another one, or the server may know no ranges.
func TestBadRemains(t *testing.T) {
	for name, remains := range map[string][]byte{
		"longer": append(slices.Clone(weights), 1), "of another file": make([]byte, 1000), "whole, of another file": make([]byte, len(weights)),
	} {
		w := newWorld(t)
		sum := "" // the etag is the blob's name
		if m, err := w.c.Repo("org/model", "").head(t.Context(), "model.safetensors"); err != nil {
			t.Fatal(err)
		} else {
			sum = m.etag
		}
		blobs := filepath.Join(w.c.Cache, "models--org--model", "blobs")
		if err := os.MkdirAll(blobs, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(blobs, sum+".incomplete"), remains, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := w.fetch("model.safetensors"); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		w.holds("model.safetensors", weights)
	}
	w := newWorld(t)
	n := 0
	w.Fault = func(rw http.ResponseWriter, r *http.Request) bool {
		if !stored(r) {
			return false
		}
		r.Header.Del("Range")
		if n++; n == 1 {
			hubtest.Cut(rw, weights, 1_000_000)
		}
		return false
	}
	if err := w.fetch("model.safetensors"); err != nil {
		t.Fatal(err)
	}
	w.holds("model.safetensors", weights)
}

// Damaged content is downloaded once more, and never gets the blob's name.
func TestChecksum(t *testing.T) {
	for _, file := range []string{"model.safetensors", "config.json"} {
		for _, times := range []int{1, 2} {
			w := newWorld(t)
			good := map[string][]byte{"model.safetensors": weights, "config.json": config}[file]
			bad := slices.Clone(good)
			bad[len(bad)/2] ^= 1
			n := 0
			w.Fault = func(rw http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || !stored(r) && !strings.Contains(r.URL.Path, "resolve-cache") || n == times {
					return false
				}
				n++
				_, _ = rw.Write(bad)
				return true
			}
			err := w.fetch(file)
			if times == 1 {
				if err != nil {
					t.Fatal(err)
				}
				w.holds(file, good)
				continue
			}
			w.wants(err, file, "checksum", "twice")
			if names, _ := filepath.Glob(filepath.Join(w.c.Cache, "models--org--model", "blobs", "*")); names != nil {
				t.Errorf("left behind: %v", names)
			}
			if _, err := os.Stat(filepath.Join(w.c.Cache, "models--org--model", "snapshots", w.commit, file)); err == nil {
				t.Error("the damaged file can be found")
			}
		}
	}
}

// More bytes than the file has are no file.
func TestTooLong(t *testing.T) {
	w := newWorld(t)
	w.Fault = func(rw http.ResponseWriter, r *http.Request) bool {
		if stored(r) {
			_, _ = rw.Write(append(slices.Clone(weights), 'x'))
		}
		return stored(r)
	}
	w.wants(w.fetch("model.safetensors"), "more of model.safetensors")
}
