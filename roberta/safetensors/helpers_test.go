package safetensors

import (
	"bytes"
	"encoding/binary"
	"io"
	"io/fs"
	"os"
	"time"
)

// build makes a file's bytes from a header and the length of its data.
func build(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

// memoryFS is one file under every name, with or without random access.
type memoryFS struct {
	data   []byte
	readAt bool
}

type plainFile struct {
	io.Reader
	size int64
}

type readAtFile struct {
	plainFile
	io.ReaderAt
}

func (m memoryFS) Open(string) (fs.File, error) {
	r := bytes.NewReader(m.data)
	p := plainFile{r, r.Size()}
	if m.readAt {
		return readAtFile{p, r}, nil
	}
	return p, nil
}

func (p plainFile) Stat() (fs.FileInfo, error) { return p, nil }
func (p plainFile) Close() error               { return nil }
func (p plainFile) Name() string               { return "x" }
func (p plainFile) Size() int64                { return p.size }
func (p plainFile) Mode() fs.FileMode          { return 0o444 }
func (p plainFile) ModTime() time.Time         { return time.Time{} }
func (p plainFile) IsDir() bool                { return false }
func (p plainFile) Sys() any                   { return nil }

// openUnmapped reads a file on disk as systems without memory mapping do.
func openUnmapped(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return fromSource(path, source{at: f, size: st.Size(), close: f.Close})
}
