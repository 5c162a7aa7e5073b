package torchfile

import (
	"encoding/binary"
	"io"
)

// elements reads the bytes of a slice of numbers without a second copy of all of them.
type elements struct {
	data any
	size int
}

func (e *elements) ReadAt(p []byte, off int64) (int, error) {
	var b []byte
	lo, hi := int(off)/e.size, (int(off)+len(p)+e.size-1)/e.size
	switch d := e.data.(type) {
	case []uint8:
		b = d[lo:min(hi, len(d))]
	case []float32:
		b = encodePart(d, lo, hi)
	case []float64:
		b = encodePart(d, lo, hi)
	case []int8:
		b = encodePart(d, lo, hi)
	case []int16:
		b = encodePart(d, lo, hi)
	case []int32:
		b = encodePart(d, lo, hi)
	case []int64:
		b = encodePart(d, lo, hi)
	case []bool:
		b = encodePart(d, lo, hi)
	}
	n := copy(p, b[int(off)-lo*e.size:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func encodePart[T any](d []T, lo, hi int) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, d[lo:min(hi, len(d))])
	if err != nil {
		panic(err) // numbers of a fixed size always encode
	}
	return b
}
