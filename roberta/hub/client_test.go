package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skillneuron/skillneuron/internal/errtest"
	"github.com/skillneuron/skillneuron/roberta/hub/hubtest"
)

// pattern is n bytes that repeat nowhere nearby.
func pattern(n int) []byte {
	p := make([]byte, n)
	x := uint32(1)
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}

var (
	config  = []byte(`{"model_type": "roberta"}`)
	weights = pattern(3_000_000)
)

// world is a hub with one model, an empty cache, and a client that notes how long it would have waited.
type world struct {
	*hubtest.Server
	c      *Client
	commit string
	waits  []time.Duration
	t      *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	for _, v := range []string{"HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_DISABLE_IMPLICIT_TOKEN"} {
		t.Setenv(v, "")
	}
	t.Setenv("HF_HUB_CACHE", filepath.Join(t.TempDir(), "hub"))
	t.Setenv("HF_TOKEN_PATH", filepath.Join(t.TempDir(), "token"))
	w := &world{Server: hubtest.New(), t: t}
	t.Cleanup(w.Close)
	w.commit = w.Add("org/model", map[string][]byte{"config.json": config, "model.safetensors": weights, "sub/x.json": []byte("{}"), "empty.txt": nil})
	t.Setenv("HF_ENDPOINT", w.URL+"/")
	w.client()
	return w
}

// client makes the client anew, from the environment.
func (w *world) client() *Client {
	w.t.Helper()
	c, err := New()
	if err != nil {
		w.t.Fatal(err)
	}
	c.sleep = func(_ context.Context, d time.Duration) error {
		w.waits = append(w.waits, d)
		return nil
	}
	c.Stall, c.Answer = 5*time.Second, 5*time.Second
	w.c = c
	return c
}

func (w *world) fetch(file string) error { return w.c.Repo("org/model", "").Fetch(w.t.Context(), file) }

// holds fails unless the cache has a file of the model with that content, as a link to a blob.
func (w *world) holds(file string, want []byte) {
	w.t.Helper()
	dir := filepath.Join(w.c.Cache, "models--org--model")
	path := filepath.Join(dir, "snapshots", w.commit, file)
	got, err := os.ReadFile(path)
	if err != nil || string(got) != string(want) {
		w.t.Fatalf("%s: %d bytes, %v; want %d", file, len(got), err, len(want))
	}
	target, err := os.Readlink(path)
	if err != nil || filepath.IsAbs(target) || !strings.Contains(filepath.ToSlash(target), "../blobs/") {
		w.t.Errorf("%s is a link to %q, %v", file, target, err)
	}
	if ref, err := os.ReadFile(filepath.Join(dir, "refs", "main")); err != nil || string(ref) != w.commit {
		w.t.Errorf("refs/main holds %q, %v", ref, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "blobs", "*.incomplete")); left != nil {
		w.t.Errorf("left behind: %v", left)
	}
}

func (w *world) wants(err error, parts ...string) {
	w.t.Helper()
	errtest.Says(w.t, err, parts...)
	if err != nil && strings.Contains(err.Error(), "Signature") {
		w.t.Errorf("%q holds a signed address", err)
	}
}

// stored tells requests to the store, where large files are.
func stored(r *http.Request) bool { return r.URL.Query().Get("Signature") != "" }

func TestFetch(t *testing.T) {
	w := newWorld(t)
	repo := w.c.Repo("org/model", "")
	for _, file := range []string{"config.json", "model.safetensors", "sub/x.json", "empty.txt"} {
		if err := repo.Fetch(t.Context(), file); err != nil {
			t.Fatal(err)
		}
	}
	w.holds("config.json", config)
	w.holds("model.safetensors", weights)
	w.holds("sub/x.json", []byte("{}"))
	w.holds("empty.txt", nil)
	if repo.Commit != w.commit || repo.Dir() != filepath.Join(w.c.Cache, "models--org--model", "snapshots", w.commit) {
		t.Errorf("%+v", repo)
	}
	if got := w.Requests(); got[0] != "HEAD hub /org/model/resolve/main/config.json" ||
		!slices.Contains(got, "HEAD hub /org/model/resolve/"+w.commit+"/model.safetensors") {
		t.Errorf("the first file fixes the commit for the others: %q", got)
	}
	if err := repo.Fetch(t.Context(), "model.safetensors"); err != nil || len(w.Requests()) != 0 {
		t.Errorf("what is there is asked for again: %v", err)
	}
	locks, _ := filepath.Glob(filepath.Join(w.c.Cache, ".locks", "models--org--model", "*.lock"))
	if len(locks) != 4 {
		t.Errorf("locks: %v", locks)
	}
}

// The same content of two commits is one blob, which is downloaded once.
func TestBlobIsShared(t *testing.T) {
	w := newWorld(t)
	if err := w.fetch("model.safetensors"); err != nil {
		t.Fatal(err)
	}
	w.commit = w.Add("org/model", map[string][]byte{"model.safetensors": weights, "config.json": config})
	w.Requests()
	if err := w.fetch("model.safetensors"); err != nil {
		t.Fatal(err)
	}
	w.holds("model.safetensors", weights)
	for _, r := range w.Requests() {
		if strings.HasPrefix(r, "GET") {
			t.Errorf("downloaded again: %s", r)
		}
	}
}

func TestRevisionsAndNames(t *testing.T) {
	w := newWorld(t)
	w.Ref("org/model", "refs/pr/1", w.commit)
	r := w.c.Repo("org/model", "refs/pr/1")
	if err := r.Fetch(t.Context(), "config.json"); err != nil || r.Commit != w.commit {
		t.Fatalf("%v, %+v", err, r)
	}
	if ref, _ := os.ReadFile(filepath.Join(w.c.Cache, "models--org--model", "refs", "refs", "pr", "1")); string(ref) != w.commit {
		t.Errorf("the ref holds %q", ref)
	}
	if err := w.c.Repo("org/model", w.commit).Fetch(t.Context(), "sub/x.json"); err != nil {
		t.Error(err)
	}
	w.Moved("old/name", "org/model")
	if err := w.c.Repo("old/name", "").Fetch(t.Context(), "config.json"); err != nil {
		t.Errorf("a model that moved: %v", err)
	}
	w.wants(w.c.Repo("org/model", "v9").Fetch(t.Context(), "config.json"), "no revision v9")
	err := w.fetch("other.json")
	w.wants(err, "other.json", "no such file")
	if !errors.Is(err, ErrNoFile) {
		t.Errorf("%v is not ErrNoFile", err)
	}
	if _, err := os.Stat(filepath.Join(w.c.Cache, "models--org--model", ".no_exist", w.commit, "other.json")); err != nil {
		t.Errorf("Python's tools do not learn that there is none: %v", err)
	}
	w.wants(w.fetch("../../../x"), "no name of a file")
}

// A cut connection goes on where it broke, also in another process, and does not cost the tries that a dead one does.
func TestResume(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	cuts := 0
	w.Fault = func(rw http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if !stored(r) || cuts == 10 {
			return false
		}
		cuts++
		first := 0
		if s := r.Header.Get("Range"); s != "" {
			if _, err := fmt.Sscanf(s, "bytes=%d-", &first); err != nil {
				t.Error(err)
			}
			rw.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, len(weights)-1, len(weights)))
			rw.Header().Set("Content-Length", fmt.Sprint(len(weights)-first))
			rw.WriteHeader(http.StatusPartialContent)
			_, _ = rw.Write(weights[first : first+200_000])
			panic(http.ErrAbortHandler)
		}
		hubtest.Cut(rw, weights, 200_000)
		return true
	}
	if err := w.fetch("model.safetensors"); err != nil {
		t.Fatal(err)
	}
	w.holds("model.safetensors", weights)
	if cuts != 10 {
		t.Errorf("%d cuts", cuts)
	}
	ranges := 0
	for _, r := range w.Requests() {
		if strings.Contains(r, "store") && strings.Contains(r, "bytes=") && !strings.Contains(r, "bytes=0-") {
			ranges++
		}
	}
	if ranges < 10 {
		t.Errorf("%d requests for a rest", ranges)
	}
}

// incomplete is the size of what has come of a download under way.
func (w *world) incomplete() int64 {
	names, _ := filepath.Glob(filepath.Join(w.c.Cache, "models--org--model", "blobs", "*.incomplete"))
	if len(names) != 1 {
		return 0
	}
	st, err := os.Stat(names[0])
	if err != nil {
		return 0
	}
	return st.Size()
}

// An interrupt leaves what has come, under no final name; the next call asks for the rest alone.
func TestInterrupt(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.Fault = func(rw http.ResponseWriter, r *http.Request) bool {
		if !stored(r) {
			return false
		}
		rw.Header().Set("Content-Length", fmt.Sprint(len(weights)))
		_, _ = rw.Write(weights[:1_500_000])
		rw.(http.Flusher).Flush()
		for r.Context().Err() == nil && w.incomplete() < 1_500_000 { // a slow machine's client has not read all yet
			time.Sleep(time.Millisecond)
		}
		cancel()
		<-r.Context().Done()
		return true
	}
	if err := w.c.Repo("org/model", "").Fetch(ctx, "model.safetensors"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(w.c.Cache, "models--org--model", "*", "*"))
	for _, n := range names {
		if strings.Contains(n, "blobs") && !strings.HasSuffix(n, ".incomplete") {
			t.Errorf("an interrupted download left %s", n)
		}
	}
	w.Fault = nil
	w.Requests()
	if err := w.client().Repo("org/model", "").Fetch(t.Context(), "model.safetensors"); err != nil {
		t.Fatal(err)
	}
	w.holds("model.safetensors", weights)
	if got := w.Requests(); !slices.Contains(got, "GET store /org/model/model.safetensors bytes=1500000-") {
		t.Errorf("%q", got)
	}
}

// times answers the first n requests that match with a status and a header.
func times(n int, match func(*http.Request) bool, status int, header ...string) func(http.ResponseWriter, *http.Request) bool {
	var mu sync.Mutex
	return func(rw http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if n == 0 || !match(r) {
			return false
		}
		n--
		for i := 0; i < len(header); i += 2 {
			rw.Header().Set(header[i], header[i+1])
		}
		rw.WriteHeader(status)
		return true
	}
}

func TestRetries(t *testing.T) {
	s := time.Second
	heads := func(r *http.Request) bool { return r.Method == http.MethodHead }
	for _, tc := range []struct {
		name  string
		fault func(http.ResponseWriter, *http.Request) bool
		waits []time.Duration
	}{
		{"503 of the hub", times(3, heads, 503), []time.Duration{s, 2 * s, 4 * s}},
		{"500 of the store", times(5, stored, 500), []time.Duration{s, 2 * s, 4 * s, 8 * s, 8 * s}},
		{"an address that ran out", times(1, stored, 403), []time.Duration{s}},
		{"429 with Retry-After", times(2, heads, 429, "Retry-After", "37"), []time.Duration{37 * s, 37 * s}},
		{"429 of the store", times(1, stored, 429, "Retry-After", "3"), []time.Duration{3 * s}},
		{"429 with the hub's own header", times(1, heads, 429, "RateLimit", `"api";r=0;t=55`), []time.Duration{56 * s}},
		{"503 with Retry-After", times(1, heads, 503, "Retry-After", "9"), []time.Duration{9 * s}},
	} {
		w := newWorld(t)
		w.Fault = tc.fault
		if err := w.fetch("model.safetensors"); err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		w.holds("model.safetensors", weights)
		if !slices.Equal(w.waits, tc.waits) {
			t.Errorf("%s: waited %v, want %v", tc.name, w.waits, tc.waits)
		}
	}
	w := newWorld(t)
	w.Fault = times(-1, heads, 502)
	w.wants(w.fetch("config.json"), "502", "tries: 6", "try again later")
	w = newWorld(t)
	w.Fault = times(-1, heads, 429, "Retry-After", "7200")
	w.wants(w.fetch("config.json"), "429", "2h0m0s")
	if len(w.waits) != 0 {
		t.Errorf("waited %v", w.waits)
	}
	date := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	if got := retryAfter(http.Header{"Retry-After": {date}}); got < 80*time.Second || got > 90*time.Second {
		t.Errorf("%s reads as %v", date, got)
	}
}

// A server that falls silent is given up and asked again for the rest.
func TestStall(t *testing.T) {
	w := newWorld(t)
	w.c.Stall, w.c.Answer = 100*time.Millisecond, 300*time.Millisecond
	first := true
	w.Fault = func(rw http.ResponseWriter, r *http.Request) bool {
		if !stored(r) || !first {
			return false
		}
		first = false
		rw.Header().Set("Content-Length", fmt.Sprint(len(weights)))
		_, _ = rw.Write(weights[:1_000_000])
		rw.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	}
	if err := w.fetch("model.safetensors"); err != nil {
		t.Fatal(err)
	}
	w.holds("model.safetensors", weights)
	if got := w.Requests(); !slices.Contains(got, "GET store /org/model/model.safetensors bytes=1000000-") {
		t.Errorf("%q", got)
	}
}

func TestUnwritableCache(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	w.c.Cache = filepath.Join(file, "hub")
	w.wants(w.fetch("config.json"), "cannot be written", file, "HF_HUB_CACHE")
}

// meter is a Progress that adds up.
type meter struct {
	what         []string
	total, added int
	open         int
}

func (m *meter) Start(what string, total int, unit string) {
	m.what, m.total, m.open = append(m.what, what+" in "+unit), total, m.open+1
}
func (m *meter) Add(n int) { m.added += n }
func (m *meter) Done()     { m.open-- }

func TestProgress(t *testing.T) {
	w := newWorld(t)
	var m meter
	w.c.Progress = &m
	for _, f := range []string{"config.json", "model.safetensors"} {
		if err := w.fetch(f); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(m.what) != "[org/model model.safetensors in MB]" || m.total != 3 || m.added != 3 || m.open != 0 {
		t.Errorf("%+v", m)
	}
}
