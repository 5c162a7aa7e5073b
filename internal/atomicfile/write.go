package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Write makes the file at path from what write puts out. It writes to a temporary name in the same directory, syncs and renames, so
// readers see the old file or the new one, also after a crash. On an error, write's own or the file system's, the temporary
// file is removed and path is left as it was. The error names path.
func Write(path string, write func(w io.Writer) error) error {
	f, err := create(filepath.Dir(path))
	if err != nil {
		return fail(path, err)
	}
	temp := f.Name()
	if err := fill(f, write); err != nil {
		os.Remove(temp) // best effort: err is what there is to say
		return fail(path, err)
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return fail(path, err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fail(path, err)
	}
	return nil
}

// WriteFile is [Write] of bytes at hand.
func WriteFile(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// create opens a new file with the permissions that any new file has here; os.CreateTemp would keep other users out.
func create(dir string) (f *os.File, err error) {
	err = named(dir, func(name string) (err error) {
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	})
	return f, err
}

// named tries temporary names in dir until make makes something of one.
func named(dir string, make func(name string) error) error {
	for range 100 {
		name := filepath.Join(dir, fmt.Sprintf(".%016x.tmp", rand.Uint64()))
		if err := make(name); !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return errors.New("no free temporary name in " + dir)
}

func fill(f *os.File, write func(w io.Writer) error) error {
	b := bufio.NewWriterSize(f, 1<<16)
	err := write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// fail names the file that was wanted, not the temporary one, which means nothing to anyone.
func fail(path string, err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return fmt.Errorf("%s cannot be written: %w", path, err)
}
