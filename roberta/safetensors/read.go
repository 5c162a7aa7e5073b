package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/skillneuron/skillneuron/engine/half"
)

// pieceBytes are read and converted at a time: they stay in the cache, and a float16 model needs no second copy in memory.
const pieceBytes = 1 << 16

// Float32s reads a tensor of F32, F16 or BF16 as float32, which is exact. shape, unless left out, is what the tensor has to have; -1 stands for
// any extent.
func (f *File) Float32s(name string, shape ...int) ([]float32, error) {
	t, err := f.find(name)
	if err != nil {
		return nil, err
	}
	if err := f.checkShape(t, shape); err != nil {
		return nil, err
	}
	if !t.isFloat() {
		return nil, f.notFloat(t)
	}
	dst := make([]float32, t.Len())
	return dst, f.convert(dst, t)
}

// ReadInto reads a tensor of F32, F16 or BF16 into dst, which has to have exactly its number of elements.
func (f *File) ReadInto(dst []float32, name string) error {
	t, err := f.find(name)
	if err != nil {
		return err
	}
	if !t.isFloat() {
		return f.notFloat(t)
	}
	if len(dst) != t.Len() {
		return fmt.Errorf("%s: tensor %q has shape %v, %d elements; want %d", f.name, name, t.Shape, t.Len(), len(dst))
	}
	return f.convert(dst, t)
}

// Raw reads a tensor's bytes as they are in the file, whatever its type.
func (f *File) Raw(name string) ([]byte, error) {
	t, err := f.find(name)
	if err != nil {
		return nil, err
	}
	p := make([]byte, t.Bytes())
	return p, f.readAt(p, t, 0)
}

func (f *File) find(name string) (Info, error) {
	i, ok := f.index[name]
	if !ok {
		return Info{}, fmt.Errorf("%s: no tensor %q among its %d", f.name, name, len(f.tensors))
	}
	return f.tensors[i], nil
}

func (f *File) checkShape(t Info, want []int) error {
	if len(want) == 0 || slices.EqualFunc(t.Shape, want, func(got, want int) bool { return want < 0 || got == want }) {
		return nil
	}
	return fmt.Errorf("%s: tensor %q has shape %v, want %v", f.name, t.Name, t.Shape, want)
}

func (i Info) isFloat() bool { return i.DType == F32 || i.DType == F16 || i.DType == BF16 }

func (f *File) notFloat(t Info) error {
	return fmt.Errorf("%s: tensor %q is %s, want F32, F16 or BF16", f.name, t.Name, t.DType)
}

func (f *File) convert(dst []float32, t Info) error {
	size := t.DType.Size()
	piece := make([]byte, min(pieceBytes, t.Bytes()))
	halves := make([]uint16, len(piece)/2)
	for off := int64(0); len(dst) > 0; off += int64(len(piece)) {
		n := min(len(dst), len(piece)/size)
		piece = piece[:n*size]
		if err := f.readAt(piece, t, off); err != nil {
			return err
		}
		if t.DType == F32 {
			for i := range n {
				dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(piece[4*i:]))
			}
		} else {
			for i := range n {
				halves[i] = binary.LittleEndian.Uint16(piece[2*i:])
			}
			if t.DType == F16 {
				half.F16ToFloat32(dst, halves[:n])
			} else {
				half.BF16ToFloat32(dst, halves[:n])
			}
		}
		dst = dst[n:]
	}
	return nil
}

func (f *File) readAt(p []byte, t Info, off int64) error {
	if err := f.src.read(p, f.start+t.begin+off); err != nil {
		return fmt.Errorf("%s: tensor %q: %w", f.name, t.Name, err)
	}
	return nil
}
