package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
)

// localError is a failure of this machine's: its disk, its rights.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

func local(err error) error {
	if err == nil {
		return nil
	}
	return &localError{fmt.Errorf("the cache cannot be written: %w; HF_HUB_CACHE or HF_HOME names another place", err)}
}

// settle fixes the commit, and writes down which one the revision stood at.
func (r *Repo) settle(commit string) error {
	if r.Commit == "" {
		r.Commit = commit
	}
	if r.Commit != commit {
		return &refusal{fmt.Sprintf("%s answers with commit %s of %s for %s", r.c.Endpoint, commit, r.Name, r.Commit)}
	}
	if commitName.MatchString(r.Revision) || !filepath.IsLocal(filepath.FromSlash(r.Revision)) {
		return nil
	}
	ref := filepath.Join(r.root(), "refs", filepath.FromSlash(r.Revision))
	if text, err := os.ReadFile(ref); err == nil && string(text) == commit {
		return nil // also in a cache that may only be read
	}
	if err := os.MkdirAll(filepath.Dir(ref), 0o777); err != nil {
		return local(err)
	}
	return local(atomicfile.WriteFile(ref, []byte(commit)))
}

// noteMissing leaves the mark by which Python's tools know, offline, that a commit has no such file. It is a courtesy: errors do not matter.
func (r *Repo) noteMissing(file, commit string) {
	path := filepath.Join(r.root(), ".no_exist", commit, filepath.FromSlash(file))
	if os.MkdirAll(filepath.Dir(path), 0o777) == nil {
		if f, err := os.OpenFile(path, os.O_CREATE, 0o666); err == nil {
			f.Close()
		}
	}
}

// blob brings a file's content and links it into the snapshot. The lock is Python's own: who comes second finds the blob there.
func (r *Repo) blob(ctx context.Context, file string, m *meta) error {
	blob := filepath.Join(r.root(), "blobs", m.etag)
	for _, dir := range []string{filepath.Dir(blob), filepath.Dir(r.path(file))} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return local(err)
		}
	}
	unlock, err := r.lock(ctx, file, m.etag)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(blob); errors.Is(err, os.ErrNotExist) {
		if err := r.download(ctx, file, blob, m); err != nil {
			return err
		}
	} else if err != nil {
		return local(err)
	}
	return local(link(blob, r.path(file)))
}

// download brings the content into blob.incomplete, going on from what is there, and renames it once its checksum is right.
func (r *Repo) download(ctx context.Context, file, blob string, m *meta) error {
	temp := blob + ".incomplete"
	for again := false; ; again = true {
		if err := r.bring(ctx, file, temp, m); err != nil {
			return err
		}
		sum, err := checksum(ctx, temp, m)
		if err != nil {
			return err
		}
		if sum == "" {
			break
		}
		// What was resumed may have been of another file, or damaged on the way: once more from the beginning.
		if err := os.Remove(temp); err != nil {
			return local(err)
		}
		if again {
			return fmt.Errorf("%s of %s: what came from %s has the checksum %s, want %s, twice: a proxy in between changes it, or the store is damaged",
				file, r.Name, r.c.Endpoint, sum, m.etag)
		}
		r.c.log().Warn("wrong checksum: downloading it again", "file", file, "model", r.Name, "got", sum, "want", m.etag)
	}
	return local(os.Rename(temp, blob))
}

// bring makes temp as long as the file is.
func (r *Repo) bring(ctx context.Context, file, temp string, m *meta) error {
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return local(err)
	}
	defer f.Close()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return local(err)
	}
	if m.size >= 0 && have > m.size {
		if have, err = restart(f); err != nil {
			return local(err)
		}
	}
	bar := r.c.bar(r.Name+" "+file, m.size)
	defer bar.done()
	bar.set(have)
	err = r.retry(ctx, file, func() (bool, error) {
		if have == m.size {
			return false, nil
		}
		before := have
		have, err = r.stream(ctx, file, f, have, m, bar)
		return have > before, err
	})
	if err == nil {
		err = local(f.Sync())
	}
	return err
}

func restart(f *os.File) (int64, error) {
	if err := f.Truncate(0); err != nil {
		return 0, err
	}
	return f.Seek(0, io.SeekStart)
}

// stream asks for the file from byte have on and appends what comes. It returns how much there is then, also with an error.
func (r *Repo) stream(ctx context.Context, file string, f *os.File, have int64, m *meta, bar *bar) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(r.c.stall()+r.c.answer(), func() { cancel(errStalled) })
	defer timer.Stop()
	header := http.Header{}
	if have > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := r.follow(ctx, http.MethodGet, r.address(file), header, false, http.Header{})
	if err != nil {
		if context.Cause(ctx) == errStalled {
			err = errStalled
		}
		return have, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusPartialContent && rangeStart(resp.Header) == have:
	case resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent || resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		// The server knows no ranges, gave another one, or has fewer bytes than are here: what is here is of no use.
		if have, err = restart(f); err != nil {
			return have, local(err)
		}
		bar.set(0)
		if resp.StatusCode != http.StatusOK {
			return have, &passing{status: resp.Status + " to a range"}
		}
	case resp.StatusCode >= 400:
		return have, r.failed(resp, file)
	default:
		return have, &refusal{fmt.Sprintf("%s answers %s for %s of %s", r.c.Endpoint, resp.Status, file, r.Name)}
	}
	body := &stalling{body: resp.Body, timer: timer, after: r.c.stall(), cancel: cancel, ctx: ctx}
	buf := make([]byte, 1<<18)
	for {
		n, err := body.Read(buf)
		if m.size >= 0 && have+int64(n) > m.size {
			return have, &refusal{fmt.Sprintf("%s sends more of %s of %s than its %d bytes", r.c.Endpoint, file, r.Name, m.size)}
		}
		if _, err := f.Write(buf[:n]); err != nil {
			return have, local(err)
		}
		have += int64(n)
		bar.set(have)
		switch {
		case err == io.EOF && m.size >= 0 && have < m.size:
			return have, io.ErrUnexpectedEOF
		case err == io.EOF:
			m.size = have
			return have, nil
		case err != nil:
			return have, err
		}
	}
}

// rangeStart is the first byte of a part, -1 where it does not say.
func rangeStart(h http.Header) int64 {
	var first int64
	s := h.Get("Content-Range")
	if _, err := fmt.Sscanf(s, "bytes %d-", &first); err != nil {
		return -1
	}
	return first
}
