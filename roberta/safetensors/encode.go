package safetensors

import (
	"encoding/binary"
	"io"
	"reflect"

	"github.com/skillneuron/skillneuron/engine/half"
)

// typeOf is the dtype that stores data as it is, and its length.
func typeOf(data any) (DType, int) {
	switch d := data.(type) {
	case []float32:
		return F32, len(d)
	case []float64:
		return F64, len(d)
	case []int8:
		return I8, len(d)
	case []int16:
		return I16, len(d)
	case []int32:
		return I32, len(d)
	case []int64:
		return I64, len(d)
	case []uint8:
		return U8, len(d)
	case []uint16:
		return U16, len(d)
	case []uint32:
		return U32, len(d)
	case []uint64:
		return U64, len(d)
	case []bool:
		return Bool, len(d)
	}
	return "", 0
}

// encode writes the tensor's data piece by piece: no second copy of a large one.
func (t *Tensor) encode(w io.Writer) error {
	if x, ok := t.Data.([]float32); ok && t.DType != F32 {
		return pieces(len(x), 2, func(lo, hi int, h []uint16) error {
			if t.DType == F16 {
				half.F16FromFloat32(h, x[lo:hi])
			} else {
				half.BF16FromFloat32(h, x[lo:hi])
			}
			return binary.Write(w, binary.LittleEndian, h)
		})
	}
	v := reflect.ValueOf(t.Data)
	return pieces(v.Len(), t.DType.Size(), func(lo, hi int, _ []uint16) error {
		return binary.Write(w, binary.LittleEndian, v.Slice(lo, hi).Interface())
	})
}

// pieces calls f for ranges that make up [0, n), with scratch of the range's length.
func pieces(n, size int, f func(lo, hi int, scratch []uint16) error) error {
	step := pieceBytes / size
	scratch := make([]uint16, min(n, step))
	for lo := 0; lo < n; lo += step {
		hi := min(n, lo+step)
		if err := f(lo, hi, scratch[:hi-lo]); err != nil {
			return err
		}
	}
	return nil
}
