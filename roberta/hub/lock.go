package hub

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lock takes the lock of a blob. File systems without locks do without: the checksum still tells what is right.
func (r *Repo) lock(ctx context.Context, file, etag string) (unlock func(), err error) {
	path := filepath.Join(r.c.Cache, ".locks", Folder(r.Name), etag+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, local(err)
	}
	said := time.Now()
	for {
		l := flock.New(path, flock.SetPermissions(0o664))
		ok, err := l.TryLock()
		if err != nil {
			r.c.log().Warn("the cache has no locks: two downloads of one file may get into each other's way", "error", err)
			return func() {}, nil
		}
		if ok && current(l, path) {
			return func() { _ = l.Unlock() }, nil // it ends with the process, too
		}
		_ = l.Close()
		if time.Since(said) > 5*time.Second {
			r.c.log().Info("another program is downloading it: waiting", "file", file, "model", r.Name, "lock", path)
			said = time.Now()
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if ok {
			continue
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// current tells whether the locked file still has its name: some versions of Python's filelock remove it when they let go.
func current(l *flock.Flock, path string) bool {
	a, err := l.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

// link makes the snapshot's file: a relative link where links work, else the blob itself.
func link(blob, path string) error {
	target, err := filepath.Rel(filepath.Dir(path), blob)
	if err != nil {
		return err
	}
	temp := path + ".link"
	_ = os.Remove(temp)
	if err := os.Symlink(target, temp); err != nil {
		return os.Rename(blob, path)
	}
	return os.Rename(temp, path)
}
