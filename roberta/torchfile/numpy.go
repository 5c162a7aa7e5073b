package torchfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// descr is a NumPy dtype while a pickle builds it.
type descr struct {
	t   DType
	big bool
}

// newDescr reads dtype('f8', False, True); the byte order comes with the state.
func newDescr(args Tuple) (any, error) {
	if len(args) == 0 {
		return nil, wrongArguments(args)
	}
	name, ok := args[0].(string)
	if !ok {
		return nil, wrongArguments(args)
	}
	big := strings.HasPrefix(name, ">")
	for _, d := range dtypes {
		if d.numpy != "" && d.numpy == strings.TrimLeft(name, "<>|=") {
			return &descr{d.t, big}, nil
		}
	}
	return nil, fmt.Errorf("elements of type %.20q, want numbers or booleans", name)
}

func (d *descr) build(state any) error {
	t, ok := state.(Tuple)
	if !ok || len(t) < 2 {
		return fmt.Errorf("the state of a dtype is a %s", kind(state))
	}
	order, ok := t[1].(string)
	if !ok {
		return fmt.Errorf("the byte order of a dtype is a %s", kind(t[1]))
	}
	d.big = order == ">"
	return nil
}

// newArray is an array without shape and elements, which its state brings.
func newArray(args Tuple) (any, error) {
	if len(args) == 0 || args[0] != any(global{"numpy", "ndarray"}) {
		return nil, wrongArguments(args)
	}
	return &Tensor{DType: Uint8, of: &storage{dtype: Uint8}, Shape: []int{0}, stride: []int{1}}, nil
}

// buildArray reads the state (version, shape, dtype, column-major, elements).
func (t *Tensor) buildArray(state any) error {
	s, ok := state.(Tuple)
	if !ok || len(s) != 5 {
		return fmt.Errorf("the state of an array is a %s", kind(state))
	}
	shape, err := extents(s[1])
	if err != nil {
		return err
	}
	d, ok := s[2].(*descr)
	if !ok {
		return fmt.Errorf("the dtype of an array is a %s", kind(s[2]))
	}
	fortran, ok := s[3].(bool)
	if !ok {
		return fmt.Errorf("the order of an array is a %s", kind(s[3]))
	}
	data, ok := s[4].([]byte)
	if !ok {
		return fmt.Errorf("the elements of an array are a %s, want bytes", kind(s[4]))
	}
	n, ok := count(shape)
	if !ok || n*d.t.Size() != len(data) {
		return fmt.Errorf("an array of shape %v of %s has %d bytes", shape, d.t, len(data))
	}
	*t = Tensor{DType: d.t, Shape: shape, stride: rowMajor(shape), of: &storage{dtype: d.t, n: n, big: d.big, at: bytes.NewReader(data)}}
	if fortran {
		step := 1
		for i, e := range shape {
			t.stride[i] = step
			step *= max(1, e)
		}
	}
	return nil
}

// scalar is one number of NumPy's: scalar(dtype, bytes).
func scalar(args Tuple) (any, error) {
	if len(args) == 2 {
		d, ok := args[0].(*descr)
		p, ok2 := args[1].([]byte)
		if ok && ok2 && len(p) == d.t.Size() {
			return number(d, p), nil
		}
	}
	return nil, wrongArguments(args)
}

func number(d *descr, p []byte) any {
	p = bytes.Clone(p)
	if d.big {
		slices.Reverse(p)
	}
	var word [8]byte
	copy(word[:], p)
	u := binary.LittleEndian.Uint64(word[:])
	switch d.t {
	case Float64:
		return math.Float64frombits(u)
	case Float32:
		return float64(math.Float32frombits(uint32(u)))
	case Bool:
		return u != 0
	case Uint8:
		return int64(u)
	case Float16:
		x, _ := (&Tensor{DType: Float16, Shape: []int{}, of: &storage{dtype: Float16, n: 1, at: bytes.NewReader(p)}}).Float32s()
		return float64(x[0])
	}
	return long(p)
}
