package torchfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"math/bits"
	"slices"

	"github.com/skillneuron/skillneuron/engine/half"
)

// Tensor is a tensor or a NumPy array of a file. Its elements are read when they are asked for, while the file is open.
type Tensor struct {
	DType  DType
	Shape  []int
	stride []int // in elements
	offset int   // in elements, within the storage
	of     *storage
}

// storage is a run of elements that tensors are views of.
type storage struct {
	dtype DType
	n     int         // elements
	big   bool        // big-endian
	at    io.ReaderAt // set once the elements' place is known
	crc   uint32      // of all elements; 0: unknown
}

// view is a part of a storage, from an element on.
type view struct {
	of    *storage
	first int
}

// New is a tensor of data at hand, row-major: a slice of float32, float64, int8 … int64, uint8 or bool, as long as shape says.
func New(shape []int, data any) (*Tensor, error) {
	t, n := typeOf(data)
	if t == "" {
		return nil, fmt.Errorf("%T is no tensor's data", data)
	}
	total, ok := count(shape)
	if !ok || total != n {
		return nil, fmt.Errorf("shape %v does not fit %d elements", shape, n)
	}
	s := &storage{dtype: t, n: n, at: &elements{data: data, size: t.Size()}}
	return &Tensor{DType: t, Shape: slices.Clone(shape), stride: rowMajor(shape), of: s}, nil
}

func typeOf(data any) (DType, int) {
	switch d := data.(type) {
	case []float32:
		return Float32, len(d)
	case []float64:
		return Float64, len(d)
	case []uint8:
		return Uint8, len(d)
	case []int8:
		return Int8, len(d)
	case []int16:
		return Int16, len(d)
	case []int32:
		return Int32, len(d)
	case []int64:
		return Int64, len(d)
	case []bool:
		return Bool, len(d)
	}
	return "", 0
}

// count is the number of elements of a shape; not ok where it has none or is beyond memory.
func count(shape []int) (int, bool) {
	n, empty := uint64(1), false
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		empty = empty || d == 0
		hi, lo := bits.Mul64(n, uint64(max(1, d)))
		if hi != 0 || lo > math.MaxInt/16 {
			return 0, false
		}
		n = lo
	}
	if empty {
		return 0, true
	}
	return int(n), true
}

func rowMajor(shape []int) []int {
	stride, n := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		stride[i] = n
		n *= max(1, shape[i])
	}
	return stride
}

// Len is the number of elements.
func (t *Tensor) Len() int {
	n, _ := count(t.Shape)
	return n
}

// check makes sure that the view lies within its storage.
func (t *Tensor) check() error {
	n, ok := count(t.Shape)
	if !ok || len(t.stride) != len(t.Shape) || t.offset < 0 {
		return fmt.Errorf("a tensor of shape %v, strides %v and offset %d", t.Shape, t.stride, t.offset)
	}
	if n == 0 {
		return nil
	}
	last := uint64(t.offset)
	for i, d := range t.Shape {
		hi, lo := bits.Mul64(uint64(d-1), uint64(max(0, t.stride[i])))
		if t.stride[i] < 0 || hi != 0 || lo > math.MaxInt || last+lo > math.MaxInt {
			return fmt.Errorf("a tensor of shape %v with strides %v", t.Shape, t.stride)
		}
		last += lo
	}
	if last >= uint64(t.of.n) {
		return fmt.Errorf("a tensor of shape %v, strides %v and offset %d lies outside its storage of %d elements", t.Shape, t.stride, t.offset, t.of.n)
	}
	// Expanded views repeat elements: a shape may then stand for more than the storage has, which only a file that means harm does here.
	if n > t.of.n {
		return fmt.Errorf("a tensor of shape %v is a repeated view of %d elements, which weights never are", t.Shape, t.of.n)
	}
	return nil
}

// bytes are the tensor's elements, row-major, little-endian.
func (t *Tensor) bytes() ([]byte, error) {
	if t.of.at == nil {
		return nil, errors.New("the file has no data for it")
	}
	size := t.DType.Size()
	whole := slices.Equal(t.stride, rowMajor(t.Shape)) && (t.of.crc == 0 || t.Len() == t.of.n)
	if !whole {
		return t.gather(size)
	}
	out := make([]byte, t.Len()*size)
	if err := readAt(t.of.at, out, int64(t.offset)*int64(size)); err != nil {
		return nil, err
	}
	return out, t.of.finish(out, t.Len() == t.of.n)
}

// gather collects the elements of a transposed or sliced view.
func (t *Tensor) gather(size int) ([]byte, error) {
	all := make([]byte, t.of.n*size)
	if err := readAt(t.of.at, all, 0); err != nil {
		return nil, err
	}
	if err := t.of.finish(all, true); err != nil {
		return nil, err
	}
	out := make([]byte, t.Len()*size)
	index := make([]int, len(t.Shape))
	at := t.offset
	for o := 0; o < len(out); o += size {
		copy(out[o:o+size], all[at*size:])
		for i := len(index) - 1; i >= 0; i-- {
			at += t.stride[i]
			if index[i]++; index[i] < t.Shape[i] {
				break
			}
			at -= t.Shape[i] * t.stride[i]
			index[i] = 0
		}
	}
	return out, nil
}

// finish checks the sum of what was read, if it is all, and puts it into little-endian order.
func (s *storage) finish(p []byte, all bool) error {
	if all && s.crc != 0 && crc32.ChecksumIEEE(p) != s.crc {
		return errors.New("its data are damaged: the checksum is another one; copy or download the file again")
	}
	if size := s.dtype.Size(); s.big {
		for i := 0; size > 1 && i < len(p); i += size {
			slices.Reverse(p[i : i+size])
		}
	}
	return nil
}

func readAt(r io.ReaderAt, p []byte, off int64) error {
	if len(p) == 0 {
		return nil
	}
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return errors.New("its data are cut short")
	}
	return err
}

// Float32s are the elements as float32: floats of any width, to nearest.
func (t *Tensor) Float32s() ([]float32, error) {
	p, err := t.bytes()
	if err != nil {
		return nil, err
	}
	out := make([]float32, t.Len())
	switch t.DType {
	case Float32:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(p[4*i:]))
		}
	case Float64:
		for i := range out {
			x := math.Float64frombits(binary.LittleEndian.Uint64(p[8*i:]))
			out[i] = float32(x)
			if math.IsInf(float64(out[i]), 0) && !math.IsInf(x, 0) {
				return nil, fmt.Errorf("element %d, %g, is beyond float32", i, x)
			}
		}
	case Float16, BFloat16:
		h := make([]uint16, len(out))
		for i := range h {
			h[i] = binary.LittleEndian.Uint16(p[2*i:])
		}
		if t.DType == Float16 {
			half.F16ToFloat32(out, h)
		} else {
			half.BF16ToFloat32(out, h)
		}
	default:
		return nil, fmt.Errorf("elements of type %s, want floats", t.DType)
	}
	return out, nil
}

// Data are the elements as the slice of their own type; halves come as float32, which is exact.
func (t *Tensor) Data() (any, error) {
	switch t.DType {
	case Float32, Float16, BFloat16:
		return t.Float32s()
	}
	p, err := t.bytes()
	if err != nil {
		return nil, err
	}
	n := t.Len()
	switch t.DType {
	case Float64:
		return decode(make([]float64, n), p)
	case Uint8:
		return p, nil
	case Int8:
		return decode(make([]int8, n), p)
	case Int16:
		return decode(make([]int16, n), p)
	case Int32:
		return decode(make([]int32, n), p)
	case Int64:
		return decode(make([]int64, n), p)
	}
	out := make([]bool, n)
	for i, b := range p {
		if b > 1 {
			return nil, fmt.Errorf("element %d is byte %d, want 0 or 1 for a boolean", i, b)
		}
		out[i] = b == 1
	}
	return out, nil
}

func decode[T any](out []T, p []byte) ([]T, error) {
	_, err := binary.Decode(p, binary.LittleEndian, out)
	return out, err
}
