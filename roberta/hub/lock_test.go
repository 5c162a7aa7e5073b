package hub

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Several programs that want one file download it once.
func TestTwoAtOnce(t *testing.T) {
	w := newWorld(t)
	w.Fault = func(_ http.ResponseWriter, r *http.Request) bool {
		if stored(r) {
			time.Sleep(200 * time.Millisecond) // the others come to the lock meanwhile
		}
		return false
	}
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		c, err := New()
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() { errs[i] = c.Repo("org/model", "").Fetch(t.Context(), "model.safetensors") })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	w.holds("model.safetensors", weights)
	got := 0
	for _, r := range w.Requests() {
		if strings.HasPrefix(r, "GET store") {
			got++
		}
	}
	if got != 1 {
		t.Errorf("%d downloads of one file", got)
	}
}

// Who waits for another program's lock can be interrupted.
func TestLockedByAnother(t *testing.T) {
	w := newWorld(t)
	repo := w.c.Repo("org/model", "")
	m, err := repo.head(t.Context(), "config.json")
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := repo.lock(t.Context(), "config.json", m.etag)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := w.client().Repo("org/model", "").Fetch(ctx, "config.json"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	unlock()
	if err := w.fetch("config.json"); err != nil {
		t.Error(err)
	}
}
