package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
)

// File is an open safetensors file.
type File struct {
	name     string
	src      source
	start    int64 // of the data
	tensors  []Info
	index    map[string]int
	metadata map[string]string
}

// source is where the bytes are.
type source struct {
	data   []byte      // all of the file, where it is in memory or mapped
	at     io.ReaderAt // else
	size   int64
	mapped bool
	close  func() error // nil: nothing to close
}

// Open opens a file on disk. Errors that come from the system wrap fs.ErrNotExist and the like.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return fromFile(path, f)
}

// OpenFS opens a file of fsys. One of os.DirFS is memory-mapped as by [Open]; one of an embed.FS is read in place.
func OpenFS(fsys fs.FS, name string) (*File, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	return fromFile(name, f)
}

// OpenBytes reads a file that is in memory; name is for errors. data must not change while the file is in use.
func OpenBytes(name string, data []byte) (*File, error) {
	return fromSource(name, source{data: data, size: int64(len(data))})
}

// fromFile takes over f.
func fromFile(name string, f fs.File) (*File, error) {
	src, err := openSource(f)
	if err != nil {
		f.Close()
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return fromSource(name, src)
}

// openSource maps f where it can, else reads it in place, else into memory.
func openSource(f fs.File) (source, error) {
	st, err := f.Stat()
	if err != nil {
		return source{}, err
	}
	if st.IsDir() {
		return source{}, errors.New("is a directory, want a safetensors file")
	}
	size := st.Size()
	if osFile, ok := f.(*os.File); ok && st.Mode().IsRegular() && size > 0 {
		if data, unmap, err := mapFile(osFile, size); err == nil {
			osFile.Close() // a mapping outlives the descriptor
			return source{data: data, size: size, mapped: true, close: unmap}, nil
		}
	}
	if at, ok := f.(io.ReaderAt); ok && st.Mode().IsRegular() {
		return source{at: at, size: size, close: f.Close}, nil
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return source{}, err
	}
	return source{data: data, size: int64(len(data))}, f.Close()
}

// fromSource takes over src.
func fromSource(name string, src source) (*File, error) {
	f := &File{name: name, src: src}
	if err := f.readHeader(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

func (f *File) readHeader() error {
	if f.src.size < lengthBytes {
		return fmt.Errorf("%d bytes are no safetensors file: truncated?", f.src.size)
	}
	var length [lengthBytes]byte
	if err := f.src.read(length[:], 0); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader {
		return fmt.Errorf("a header of %d bytes, more than the format's limit of %d: not a safetensors file?", n, maxHeader)
	}
	f.start = lengthBytes + int64(n)
	if f.start > f.src.size {
		return fmt.Errorf("a header of %d bytes in a file of %d: truncated?", n, f.src.size)
	}
	text := make([]byte, n)
	if err := f.src.read(text, lengthBytes); err != nil {
		return err
	}
	var err error
	if f.tensors, f.metadata, err = parseHeader(text); err != nil {
		return err
	}
	if err := checkLayout(f.tensors, f.src.size-f.start); err != nil {
		return err
	}
	f.index = make(map[string]int, len(f.tensors))
	for i, t := range f.tensors {
		f.index[t.Name] = i
	}
	return nil
}

// Close gives the mapping or the file back. The File cannot be read any more.
func (f *File) Close() error {
	closing := f.src.close
	f.src = source{at: bytes.NewReader(nil)}
	if closing == nil {
		return nil
	}
	return closing()
}

// Names lists the tensors in the order of their data.
func (f *File) Names() []string {
	names := make([]string, len(f.tensors))
	for i, t := range f.tensors {
		names[i] = t.Name
	}
	return names
}

// Metadata is the header's free text, by key; never nil.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Info describes the tensor of that name, if there is one.
func (f *File) Info(name string) (Info, bool) {
	i, ok := f.index[name]
	if !ok {
		return Info{}, false
	}
	t := f.tensors[i]
	t.Shape = slices.Clone(t.Shape)
	return t, true
}
