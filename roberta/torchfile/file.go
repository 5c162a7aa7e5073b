package torchfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File is an open file of torch.save's.
type File struct {
	Value  any // what was saved; its tensors can be read until Close
	name   string
	closer io.Closer
}

// Open reads a file but for the elements of its tensors.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return fromFile(path, f)
}

// OpenFS is [Open] within fsys.
func OpenFS(fsys fs.FS, name string) (*File, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	return fromFile(name, f)
}

// Close ends the reading of tensors.
func (f *File) Close() error { return f.closer.Close() }

func fromFile(name string, f fs.File) (*File, error) {
	v, err := read(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &File{Value: v, name: name, closer: f}, nil
}

func read(f fs.File) (any, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return nil, errors.New("is a directory, want a file of torch.save's")
	}
	at, ok := f.(io.ReaderAt)
	size := st.Size()
	if !ok || !st.Mode().IsRegular() {
		data, err := io.ReadAll(f)
		if err != nil {
			return nil, err
		}
		at, size = bytes.NewReader(data), int64(len(data))
	}
	return Decode(at, size)
}

// Decode reads size bytes of what torch.save wrote; tensors are read from at when they are asked for.
func Decode(at io.ReaderAt, size int64) (any, error) {
	head := make([]byte, min(4, size))
	if err := readAt(at, head, 0); err != nil {
		return nil, err
	}
	switch {
	case string(head) == "PK\x03\x04":
		return decodeZip(at, size)
	case len(head) > 1 && head[0] == opProto:
		return decodeLegacy(at, size)
	case size == 0:
		return nil, errors.New("is empty")
	}
	return nil, errors.New("no file of torch.save's: it begins with neither a zip archive nor a pickle")
}

// Is reports whether the file at path looks like one of torch.save's, by its first bytes.
func Is(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [4]byte
	if n, err := io.ReadFull(f, head[:]); err != nil || n < len(head) {
		return false
	}
	return string(head[:]) == "PK\x03\x04" || head[0] == opProto && head[1] <= 5
}
