package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"unicode/utf8"
)

const (
	lengthBytes = 8           // before the header: its length, little-endian
	maxHeader   = 100_000_000 // bytes, the format's own limit
	metadataKey = "__metadata__"
)

// Info describes a tensor.
type Info struct {
	Name       string
	DType      DType
	Shape      []int // empty for a single number
	begin, end int64 // bytes, from the first behind the header
}

// Len is the number of elements.
func (i Info) Len() int {
	n := 1
	for _, d := range i.Shape {
		n *= d
	}
	return n
}

// Bytes is the length of the tensor's data.
func (i Info) Bytes() int64 { return i.end - i.begin }

// parseHeader reads the JSON header. Tensors come back as they stand there; their places are not checked against each other yet.
func parseHeader(text []byte) (tensors []Info, metadata map[string]string, err error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, nil, errors.New("the header does not begin with {: not a safetensors file?")
	}
	if !utf8.Valid(text) {
		return nil, nil, errors.New("the header is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	metadata = map[string]string{}
	err = object(d, func(key string) error {
		if key == metadataKey {
			if metadata, err = parseMetadata(d); err != nil {
				return fmt.Errorf("%s: %w", metadataKey, err)
			}
			return nil
		}
		info, err := parseTensor(d, key)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", key, err)
		}
		tensors = append(tensors, info)
		return nil
	})
	if err == nil {
		err = only(d, text)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	return tensors, metadata, nil
}

func parseMetadata(d *json.Decoder) (map[string]string, error) {
	m := map[string]string{}
	err := object(d, func(key string) error {
		var s *string
		if err := d.Decode(&s); err != nil || s == nil {
			return fmt.Errorf("the value of %q is not a string", key)
		}
		m[key] = *s
		return nil
	})
	return m, err
}

func parseTensor(d *json.Decoder, name string) (Info, error) {
	var dtype *string
	var shape, offsets *[]*uint64 // pointers tell null and absence from zero
	err := object(d, func(key string) (err error) {
		switch key {
		case "dtype":
			err = d.Decode(&dtype)
		case "shape":
			err = d.Decode(&shape)
		case "data_offsets":
			err = d.Decode(&offsets)
		default: // passed over, as the reference implementation does
			var skip json.RawMessage
			err = d.Decode(&skip)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return nil
	})
	switch {
	case err != nil:
		return Info{}, err
	case dtype == nil:
		return Info{}, errors.New("no dtype")
	case shape == nil:
		return Info{}, errors.New("no shape")
	case offsets == nil:
		return Info{}, errors.New("no data_offsets")
	}
	return checkTensor(name, DType(*dtype), *shape, *offsets)
}

// checkTensor makes sure that the dtype is known and that the shape fills the bytes.
func checkTensor(name string, dtype DType, shape, offsets []*uint64) (Info, error) {
	size := uint64(dtype.Size())
	if size == 0 {
		return Info{}, fmt.Errorf("dtype %q is unknown", dtype)
	}
	if len(offsets) != 2 || offsets[0] == nil || offsets[1] == nil {
		return Info{}, errors.New("data_offsets is not a pair of numbers")
	}
	begin, end := *offsets[0], *offsets[1]
	if begin > end || end > math.MaxInt64 {
		return Info{}, fmt.Errorf("data_offsets [%d, %d] is no range of bytes", begin, end)
	}
	info := Info{Name: name, DType: dtype, Shape: make([]int, len(shape)), begin: int64(begin), end: int64(end)}
	bytes := size
	for i, d := range shape {
		if d == nil {
			return Info{}, errors.New("shape holds a null")
		}
		hi, lo := bits.Mul64(bytes, *d)
		if hi != 0 || lo > math.MaxInt || *d > math.MaxInt {
			return Info{}, fmt.Errorf("shape %v of %s is more than can be addressed", values(shape), dtype)
		}
		bytes, info.Shape[i] = lo, int(*d)
	}
	if bytes != end-begin {
		return Info{}, fmt.Errorf("shape %v of %s needs %d bytes, data_offsets [%d, %d] has %d", info.Shape, dtype, bytes, begin, end, end-begin)
	}
	return info, nil
}

func values(p []*uint64) []uint64 {
	v := make([]uint64, 0, len(p))
	for _, x := range p {
		if x != nil {
			v = append(v, *x)
		}
	}
	return v
}
