package torchfile

import "fmt"

// DType is an element type under PyTorch's name, without its "torch.".
type DType string

// The element types.
const (
	Float32  DType = "float32"
	Float64  DType = "float64"
	Float16  DType = "float16"
	BFloat16 DType = "bfloat16"
	Uint8    DType = "uint8"
	Int8     DType = "int8"
	Int16    DType = "int16"
	Int32    DType = "int32"
	Int64    DType = "int64"
	Bool     DType = "bool"
)

// dtypes have their bytes, the class that stores them, and NumPy's name.
var dtypes = []struct {
	t       DType
	size    int
	storage string
	numpy   string
}{
	{Float32, 4, "FloatStorage", "f4"},
	{Float64, 8, "DoubleStorage", "f8"},
	{Float16, 2, "HalfStorage", "f2"},
	{BFloat16, 2, "BFloat16Storage", ""},
	{Uint8, 1, "ByteStorage", "u1"},
	{Int8, 1, "CharStorage", "i1"},
	{Int16, 2, "ShortStorage", "i2"},
	{Int32, 4, "IntStorage", "i4"},
	{Int64, 8, "LongStorage", "i8"},
	{Bool, 1, "BoolStorage", "b1"},
}

// Size is the bytes of one element.
func (t DType) Size() int { return dtypes[t.row()].size }

func (t DType) storage() string { return dtypes[t.row()].storage }

func (t DType) known() bool {
	for _, d := range dtypes {
		if d.t == t {
			return true
		}
	}
	return false
}

func (t DType) row() int {
	for i, d := range dtypes {
		if d.t == t {
			return i
		}
	}
	panic(fmt.Sprintf("torchfile: no type %q", string(t)))
}

// storageType is the element type of torch.FloatStorage and the like.
func storageType(class any) (DType, bool) {
	g, ok := class.(global)
	for _, d := range dtypes {
		if ok && g == (global{"torch", d.storage}) {
			return d.t, true
		}
	}
	return "", false
}
