package hub

import (
	"fmt"
	"net/http"
	"os"
	"testing"
)

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	w.wants(w.c.Repo("org/none", "").Fetch(t.Context(), "config.json"), "no model org/none", "private", "401", "HF_TOKEN", w.URL)
	w.Private("org/model", "secret", true)
	w.wants(w.fetch("config.json"), "restricted", "401", "HF_TOKEN", w.URL+"/org/model")
	t.Setenv("HF_TOKEN", "other")
	w.client()
	w.wants(w.fetch("config.json"), "restricted", "403", "the token from HF_TOKEN does not help")
	w.wants(w.c.Repo("org/none", "").Fetch(t.Context(), "config.json"), "no model org/none", "404")
	w.Private("org/model", "secret", false)
	w.wants(w.fetch("config.json"), "private", "401", "the token from HF_TOKEN does not help")
	if len(w.waits) != 0 {
		t.Errorf("a refusal is tried again: %v", w.waits)
	}
	t.Setenv("HF_TOKEN", " secret\n")
	w.client()
	if err := w.fetch("model.safetensors"); err != nil {
		t.Fatalf("with the token, which must not reach the store: %v", err)
	}
	w.holds("model.safetensors", weights)
	t.Setenv("HF_TOKEN", "")
	if err := os.WriteFile(os.Getenv("HF_TOKEN_PATH"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.client()
	if err := w.fetch("config.json"); err != nil {
		t.Errorf("with the token of hf auth login: %v", err)
	}
	t.Setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
	if w.client(); w.c.Token != "" {
		t.Error("HF_HUB_DISABLE_IMPLICIT_TOKEN is not heeded")
	}
}

func TestNotAHub(t *testing.T) {
	w := newWorld(t)
	w.Fault = func(rw http.ResponseWriter, _ *http.Request) bool { fmt.Fprint(rw, "<html>log in</html>"); return true }
	w.wants(w.fetch("config.json"), "X-Repo-Commit", "HF_ENDPOINT")
	w.Fault = func(rw http.ResponseWriter, _ *http.Request) bool {
		rw.Header().Set("X-Repo-Commit", w.commit)
		rw.Header().Set("ETag", `"../../evil"`)
		return true
	}
	w.wants(w.fetch("config.json"), "no checksum")
	w.Fault = func(rw http.ResponseWriter, r *http.Request) bool {
		http.Redirect(rw, r, r.URL.Path, http.StatusFound)
		return true
	}
	w.wants(w.fetch("config.json"), "circle")
	t.Setenv("HF_ENDPOINT", "http://nowhere.invalid")
	w.client()
	w.wants(w.fetch("config.json"), "nowhere.invalid", "is there a network")
}
