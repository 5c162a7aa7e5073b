package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const magic = "\x93NUMPY"

// maxHeader is more than NumPy's own reader takes (10,000), and no more than version 1.0 can say.
const maxHeader = 1 << 16

// Header says what a file holds.
type Header struct {
	Descr   string // NumPy's name of the element type: <f4
	Fortran bool   // column-major
	Shape   []int  // empty for a single number
}

// Len is the number of elements.
func (h Header) Len() int {
	n := 1
	for _, d := range h.Shape {
		n *= d
	}
	return n
}

func (h Header) kind() string { return strings.TrimLeft(h.Descr, "<>|=") }

func (h Header) bytes() int64 { return int64(h.Len()) * int64(kinds[h.kind()]) }

// order is the byte order of the elements.
func (h Header) order() binary.ByteOrder {
	if strings.HasPrefix(h.Descr, ">") {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// ReadHeader reads what the file at path, or with .npy appended, says of itself, and makes sure that it is as long as it says.
func ReadHeader(path string) (Header, error) {
	f, h, err := open(path)
	if err != nil {
		return h, err
	}
	return h, f.Close()
}

// open leaves f at the first element.
func open(path string) (f *os.File, h Header, err error) {
	path, err = Find(path)
	if err != nil {
		return nil, h, err
	}
	f, err = os.Open(path)
	if err != nil {
		return nil, h, err
	}
	if h, err = openHeader(f); err != nil {
		f.Close()
		return nil, h, fmt.Errorf("%s: %w", path, err)
	}
	return f, h, nil
}

func openHeader(f *os.File) (Header, error) {
	st, err := f.Stat()
	if err != nil {
		return Header{}, err
	}
	h, start, err := readHeader(f)
	if err != nil {
		return h, err
	}
	if st.Mode().IsRegular() {
		err = h.checkLength(st.Size() - start)
	}
	return h, err
}

// checkLength compares before anything is allocated: a header can ask for any amount.
func (h Header) checkLength(n int64) error {
	switch want := h.bytes(); {
	case n < want:
		return fmt.Errorf("%d bytes of data, shape %v of %s needs %d: truncated?", n, h.Shape, h.Descr, want)
	case n > want:
		return fmt.Errorf("%d bytes of data, shape %v of %s takes only %d", n, h.Shape, h.Descr, want)
	}
	return nil
}

// readHeader reads from the file's start to its first element, whose place it returns.
func readHeader(r io.Reader) (h Header, start int64, err error) {
	var b [12]byte
	if err := fill(r, b[:10]); err != nil {
		return h, 0, err
	}
	if string(b[:6]) != magic {
		return h, 0, errors.New("not a .npy file")
	}
	start, n := 10, uint32(binary.LittleEndian.Uint16(b[8:]))
	switch major, minor := b[6], b[7]; {
	case minor != 0 || major < 1 || major > 3:
		return h, 0, fmt.Errorf("version %d.%d of the format, want 1.0 to 3.0", major, minor)
	case major > 1:
		if err := fill(r, b[10:]); err != nil {
			return h, 0, err
		}
		start, n = 12, binary.LittleEndian.Uint32(b[8:])
	}
	if n >= maxHeader {
		return h, 0, fmt.Errorf("a header of %d bytes, more than any array needs", n)
	}
	text := make([]byte, n)
	if err := fill(r, text); err != nil {
		return h, 0, err
	}
	if h, err = parse(string(text)); err != nil {
		return h, 0, err
	}
	return h, start + int64(n), h.check()
}

func (h Header) check() error {
	size, ok := kinds[h.kind()]
	if !ok || len(h.Descr) != len(h.kind())+1 {
		return fmt.Errorf("elements of type %q, want one of f2 f4 f8 b1 u1 i4 i8", h.Descr)
	}
	if _, ok := elements(h.Shape, size); !ok {
		return fmt.Errorf("shape %v of %s is more than can be addressed", h.Shape, h.Descr)
	}
	return nil
}

func fill(r io.Reader, p []byte) error {
	_, err := io.ReadFull(r, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("ends within its header: truncated?")
	}
	return err
}
