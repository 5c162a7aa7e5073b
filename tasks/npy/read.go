package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/skillneuron/skillneuron/engine/half"
)

// pieceBytes are read and converted at a time.
const pieceBytes = 1 << 16

// Read reads the array in the file at path, or with .npy appended: its shape and its elements, row-major whatever the file's order.
//
// Floats of any width read as float32 and float64, to nearest (a number beyond float32's range is an error), small integers as wider ones;
// any other difference between the file's type and T is an error.
func Read[T Element](path string) (shape []int, data []T, err error) {
	found, err := Find(path)
	if err != nil {
		return nil, nil, err
	}
	f, h, err := open(found)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if data, err = readData[T](f, h); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", found, err)
	}
	return h.Shape, data, nil
}

// Decode is [Read] from a stream, which has to end where the array does.
func Decode[T Element](r io.Reader) (shape []int, data []T, err error) {
	h, _, err := readHeader(r)
	if err != nil {
		return nil, nil, err
	}
	if data, err = readData[T](r, h); err != nil {
		return nil, nil, err
	}
	return h.Shape, data, nil
}

func readData[T Element](r io.Reader, h Header) ([]T, error) {
	kind, want := h.kind(), descrOf[T]()
	if !reads(kind, want[1:]) {
		return nil, fmt.Errorf("elements of type %s, want %s", h.Descr, want)
	}
	n, size := h.Len(), kinds[kind]
	data := make([]T, 0, min(n, pieceBytes)) // a stream may be shorter than it says: grow with what comes
	piece := make([]byte, min(int64(pieceBytes), h.bytes()))
	for len(data) < n {
		k := min(n-len(data), len(piece)/size)
		if got, err := io.ReadFull(r, piece[:k*size]); err == io.EOF || err == io.ErrUnexpectedEOF {
			have := int64(len(data)*size + got)
			return nil, h.checkLength(have)
		} else if err != nil {
			return nil, err
		}
		var err error
		if data, err = appendElements(data, piece[:k*size], kind, h.order()); err != nil {
			return nil, err
		}
	}
	var more [1]byte
	switch _, err := io.ReadFull(r, more[:]); err {
	case io.EOF:
	case nil:
		return nil, fmt.Errorf("data goes on after the %d bytes that shape %v of %s takes", h.bytes(), h.Shape, h.Descr)
	default:
		return nil, err
	}
	if h.Fortran {
		data = rowMajor(data, h.Shape)
	}
	return data, nil
}

// appendElements converts the elements in p.
func appendElements[T Element](data []T, p []byte, kind string, order binary.ByteOrder) ([]T, error) {
	size := kinds[kind]
	for i := 0; i < len(p); i += size {
		var x T
		var err error
		switch to := any(&x).(type) {
		case *float32:
			var ok bool
			if *to, ok = narrow(float(p[i:], kind, order)); !ok {
				err = fmt.Errorf("element %d, %v, is beyond float32", len(data), float(p[i:], kind, order))
			}
		case *float64:
			*to = float(p[i:], kind, order)
		case *bool:
			if *to = p[i] == 1; p[i] > 1 {
				err = fmt.Errorf("element %d is byte %d, want 0 or 1 for a boolean", len(data), p[i])
			}
		case *uint8:
			*to = p[i]
		case *int32:
			*to = int32(integer(p[i:], kind, order))
		case *int64:
			*to = integer(p[i:], kind, order)
		}
		if err != nil {
			return nil, err
		}
		data = append(data, x)
	}
	return data, nil
}

func float(p []byte, kind string, order binary.ByteOrder) float64 {
	switch kind {
	case "f2":
		return float64(half.FromF16(order.Uint16(p)))
	case "f4":
		return float64(math.Float32frombits(order.Uint32(p)))
	}
	return math.Float64frombits(order.Uint64(p))
}

func integer(p []byte, kind string, order binary.ByteOrder) int64 {
	switch kind {
	case "u1":
		return int64(p[0])
	case "i4":
		return int64(int32(order.Uint32(p)))
	}
	return int64(order.Uint64(p))
}

// rowMajor turns a column-major array, whose first index runs fastest.
func rowMajor[T any](x []T, shape []int) []T {
	if len(shape) < 2 || len(x) == 0 {
		return x
	}
	y, index := make([]T, len(x)), make([]int, len(shape))
	for _, v := range x {
		at := 0
		for i, d := range shape {
			at = at*d + index[i]
		}
		y[at] = v
		for i := range index {
			if index[i]++; index[i] < shape[i] {
				break
			}
			index[i] = 0
		}
	}
	return y
}
