package interchange

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// folder runs a conversion whose target is a directory: what it writes stands aside until all of it is there.
func folder(ctx context.Context, cfg Config, r *Result, convert func(context.Context, Config, *Result) error) (err error) {
	to := cfg.To
	f, err := atomicfile.NewFolder(to)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Abandon()
			err = aside{err, f.Dir(), to}
		}
	}()
	cfg.To, cfg.target = f.Dir(), to
	if err := convert(ctx, cfg, r); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range r.Files {
		r.Files[i].Path = filepath.Join(to, strings.TrimPrefix(r.Files[i].Path, f.Dir()))
	}
	return atomicfile.Commit(f)
}

// aside is an error that names files where they are to be, not where they were written.
type aside struct {
	error
	dir, path string
}

func (e aside) Error() string { return strings.ReplaceAll(e.error.Error(), e.dir, e.path) }

func (e aside) Unwrap() error { return e.error }

// passBy is what a walk does at what it does not read: it leaves out a directory of files that are written aside, by this call or by one that was killed.
func passBy(d fs.DirEntry, err error) error {
	if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && strings.HasSuffix(d.Name(), ".tmp") {
		return fs.SkipDir
	}
	return err
}

// put makes the file at path, whole or not at all, as long as ctx lets it, and lists it.
func (r *Result) put(ctx context.Context, path, holds string, encode func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(path, func(w io.Writer) error { return encode(until{ctx, w}) }); err != nil {
		return err
	}
	r.wrote(path, holds)
	return nil
}

func (r *Result) putBytes(ctx context.Context, path, holds string, data []byte) error {
	return r.put(ctx, path, holds, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func (r *Result) putJSON(ctx context.Context, path, holds string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return r.putBytes(ctx, path, holds, append(text, '\n'))
}

func (r *Result) putWeights(ctx context.Context, path, holds string, tensors []safetensors.Tensor, metadata map[string]string) error {
	return r.put(ctx, path, holds, func(w io.Writer) error { return safetensors.Encode(w, tensors, metadata) })
}

func (r *Result) putTorch(ctx context.Context, path, holds string, v any) error {
	return r.put(ctx, path, holds, func(w io.Writer) error { return torchfile.Encode(w, v) })
}

func putArray[T npy.Element](ctx context.Context, r *Result, path, holds string, shape []int, x []T) error {
	return r.put(ctx, path, holds, func(w io.Writer) error { return npy.Encode(w, shape, x) })
}

// until is a writer that an interrupt ends, within a large tensor, too.
type until struct {
	ctx context.Context
	w   io.Writer
}

func (u until) Write(p []byte) (n int, err error) {
	for {
		if err := u.ctx.Err(); err != nil {
			return n, err
		}
		m, err := u.w.Write(p[n:min(n+1<<20, len(p))])
		if n += m; err != nil || n == len(p) {
			return n, err
		}
	}
}
