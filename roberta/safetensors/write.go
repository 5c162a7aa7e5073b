package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
)

// Tensor is a tensor to be written.
type Tensor struct {
	Name  string
	Shape []int // row-major; empty for a single number
	// Data is a slice of float32, float64, int8 … int64, uint8 … uint64 or bool, as long as Shape says.
	Data any
	// DType is what the file stores. Left empty it is Data's own type; float32 may also be stored as F16 or BF16, rounded to nearest.
	DType DType
}

// Write makes the file at path, atomically: under a temporary name in the same directory, synced, renamed, and removed on an error.
// The bytes depend on the arguments alone, not on the order of tensors, and are those that Hugging Face's own library writes.
func Write(path string, tensors []Tensor, metadata map[string]string) error {
	ordered, header, err := plan(tensors, metadata)
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encode(w, header, ordered) })
}

// Encode is [Write] to w.
func Encode(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	ordered, header, err := plan(tensors, metadata)
	if err != nil {
		return err
	}
	return encode(w, header, ordered)
}

// WriteFile writes any file atomically, as [Write] does, for what belongs beside weights.
func WriteFile(path string, data []byte) error { return atomicfile.WriteFile(path, data) }

// plan checks the tensors, puts them into the format's order and lays out the header.
func plan(tensors []Tensor, metadata map[string]string) ([]Tensor, []byte, error) {
	ordered := slices.Clone(tensors)
	for i := range ordered {
		if err := ordered[i].check(); err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", ordered[i].Name, err)
		}
	}
	// Types of more bytes first, so that every tensor is aligned to its element.
	slices.SortStableFunc(ordered, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(b.DType.rank(), a.DType.rank()), cmp.Compare(a.Name, b.Name))
	})
	header, err := layHeader(ordered, metadata)
	if err != nil {
		return nil, nil, err
	}
	if len(header) > maxHeader {
		return nil, nil, fmt.Errorf("a header of %d bytes, more than the format's limit of %d", len(header), maxHeader)
	}
	return ordered, header, nil
}

func (t *Tensor) check() error {
	own, n := typeOf(t.Data)
	switch {
	case t.Name == metadataKey || !utf8.ValidString(t.Name):
		return errors.New("no name for a tensor")
	case own == "":
		return fmt.Errorf("%T cannot be stored", t.Data)
	case t.DType == "":
		t.DType = own
	case t.DType != own && (own != F32 || t.DType != F16 && t.DType != BF16):
		return fmt.Errorf("%T cannot be stored as %s", t.Data, t.DType)
	}
	want := uint64(1)
	for _, d := range t.Shape {
		hi, lo := bits.Mul64(want, uint64(max(d, 0)))
		if d < 0 || hi != 0 {
			return fmt.Errorf("shape %v is none", t.Shape)
		}
		want = lo
	}
	if want != uint64(n) {
		return fmt.Errorf("shape %v wants %d elements, there are %d", t.Shape, want, n)
	}
	return nil
}

// layHeader writes the header by hand: encoding/json sorts keys, and the order of tensors is part of the bytes.
func layHeader(ordered []Tensor, metadata map[string]string) ([]byte, error) {
	var b bytes.Buffer
	sep := byte('{')
	entry := func(key string, value any) error {
		b.WriteByte(sep)
		sep = ','
		if err := encodeJSON(&b, key); err != nil {
			return err
		}
		b.WriteByte(':')
		return encodeJSON(&b, value)
	}
	if len(metadata) > 0 {
		for k, v := range metadata {
			if !utf8.ValidString(k) || !utf8.ValidString(v) {
				return nil, fmt.Errorf("metadata %q is not UTF-8", k)
			}
		}
		if err := entry(metadataKey, metadata); err != nil {
			return nil, err
		}
	}
	seen, off := map[string]bool{}, 0
	for _, t := range ordered {
		if seen[t.Name] {
			return nil, fmt.Errorf("tensor %q is there twice", t.Name)
		}
		seen[t.Name] = true
		_, n := typeOf(t.Data)
		end := off + n*t.DType.Size()
		err := entry(t.Name, struct {
			DType   DType  `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{t.DType, append([]int{}, t.Shape...), [2]int{off, end}})
		if err != nil {
			return nil, err
		}
		off = end
	}
	if sep == '{' {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	return b.Bytes(), nil
}

func encodeJSON(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // Encode ends the line
	return nil
}

func encode(w io.Writer, header []byte, ordered []Tensor) error {
	var length [lengthBytes]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(header)))
	if _, err := w.Write(length[:]); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range ordered {
		if err := t.encode(w); err != nil {
			return err
		}
	}
	return nil
}
