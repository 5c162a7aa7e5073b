package safetensors

// DType is an element type under the format's own name.
type DType string

// The element types that this package converts or writes. Tensors of the format's other types can be listed and read raw.
const (
	Bool DType = "BOOL"
	U8   DType = "U8"
	I8   DType = "I8"
	I16  DType = "I16"
	U16  DType = "U16"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I32  DType = "I32"
	U32  DType = "U32"
	F32  DType = "F32"
	F64  DType = "F64"
	I64  DType = "I64"
	U64  DType = "U64"
)

// dtypes lists all types in the format's order, in which the reference implementation lays tensors out (the last first), with their bytes.
var dtypes = []struct {
	t    DType
	size int
}{
	{Bool, 1}, {U8, 1}, {I8, 1}, {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E5M2FNUZ", 1}, {"F8_E4M3FNUZ", 1}, {"F8_E8M0", 1},
	{I16, 2}, {U16, 2}, {F16, 2}, {BF16, 2},
	{I32, 4}, {U32, 4}, {F32, 4}, {"C64", 8}, {F64, 8}, {I64, 8}, {U64, 8},
}

// Size is the bytes of one element, 0 for a type that this package does not know.
func (t DType) Size() int {
	for _, d := range dtypes {
		if d.t == t {
			return d.size
		}
	}
	return 0
}

// rank is the place in the format's order.
func (t DType) rank() int {
	for i, d := range dtypes {
		if d.t == t {
			return i
		}
	}
	return -1
}
