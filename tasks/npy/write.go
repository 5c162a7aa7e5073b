package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
)

// Write makes the file at path (as given: nothing is appended) with data, row-major, of that shape. It is atomic: under a temporary name
// in the same directory, synced, renamed, and removed on an error.
func Write[T Element](path string, shape []int, data []T) error {
	if err := checkShape(shape, data); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return Encode(w, shape, data) })
}

// Encode is [Write] to w.
func Encode[T Element](w io.Writer, shape []int, data []T) error {
	if err := checkShape(shape, data); err != nil {
		return err
	}
	if _, err := w.Write(layHeader(descrOf[T](), shape)); err != nil {
		return err
	}
	for len(data) > 0 {
		n := min(len(data), pieceBytes/8)
		if err := binary.Write(w, binary.LittleEndian, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

func checkShape[T Element](shape []int, data []T) error {
	n, ok := elements(shape, binary.Size(*new(T)))
	if !ok {
		return fmt.Errorf("shape %v is none", shape)
	}
	if n != len(data) {
		return fmt.Errorf("shape %v wants %d elements, there are %d", shape, n, len(data))
	}
	return nil
}

// layHeader is what NumPy writes, blanks included: elements begin at a multiple of 64 bytes, and the first extent leaves room to grow to
// twenty digits, so that a writer may append.
func layHeader(descr string, shape []int) []byte {
	var dims strings.Builder
	for i, d := range shape {
		if i > 0 {
			dims.WriteString(", ")
		}
		dims.WriteString(strconv.Itoa(d))
	}
	if len(shape) == 1 {
		dims.WriteByte(',')
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, &dims)
	if len(shape) > 0 {
		text += strings.Repeat(" ", 21-len(strconv.Itoa(shape[0])))
	}
	const before = len(magic) + 4
	pad := 64 - (before+len(text)+1)%64
	text += strings.Repeat(" ", pad) + "\n"
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return append(b, text...)
}
