package torchfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// encoder writes a value as a pickle of protocol 2, torch.save's own default. Tensors become references to numbered storages.
type encoder struct {
	b        bytes.Buffer
	storages []*Tensor
}

// maxDepth bounds how deep values are nested, when read and when written.
const maxDepth = 100

func pickle(v any) ([]byte, []*Tensor, error) {
	var e encoder
	e.b.WriteString("\x80\x02")
	if err := e.value(v, 0); err != nil {
		return nil, nil, err
	}
	e.b.WriteByte(opStop)
	return e.b.Bytes(), e.storages, nil
}

func (e *encoder) value(v any, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("values nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case nil:
		e.b.WriteByte(opNone)
	case bool:
		e.b.WriteByte(map[bool]byte{true: opNewTrue, false: opNewFalse}[v])
	case int:
		e.int(int64(v))
	case int64:
		e.int(v)
	case float64:
		e.b.WriteByte(opBinFloat)
		e.b.Write(binary.BigEndian.AppendUint64(nil, math.Float64bits(v)))
	case string:
		return e.string(v)
	case []byte:
		return e.bytes(v)
	case *List:
		e.b.WriteByte(opEmptyList)
		return e.items(v.Items, opAppends, depth)
	case Tuple:
		return e.tuple(v, depth)
	case *Dict:
		return e.dict(v, depth)
	case *Tensor:
		return e.tensor(v)
	case DType:
		e.global("torch", string(v))
	default:
		return fmt.Errorf("%T cannot be pickled", v)
	}
	return nil
}

func (e *encoder) int(n int64) {
	switch {
	case n >= 0 && n < 1<<8:
		e.b.Write([]byte{opBinInt1, byte(n)})
	case n >= 0 && n < 1<<16:
		e.b.WriteByte(opBinInt2)
		e.b.Write(binary.LittleEndian.AppendUint16(nil, uint16(n)))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		e.b.WriteByte(opBinInt)
		e.b.Write(binary.LittleEndian.AppendUint32(nil, uint32(n)))
	default:
		e.b.Write([]byte{opLong1, 8})
		e.b.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
}

func (e *encoder) string(s string) error {
	if len(s) > math.MaxInt32 {
		return fmt.Errorf("a text of %d bytes", len(s))
	}
	e.b.WriteByte(opBinUnicode)
	e.b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(s))))
	e.b.WriteString(s)
	return nil
}

// bytes go as Python writes them in this protocol: a call that turns text into them, since it has no bytes.
func (e *encoder) bytes(p []byte) error {
	runes := make([]rune, len(p))
	for i, c := range p {
		runes[i] = rune(c)
	}
	e.global("_codecs", "encode")
	if err := e.value(Tuple{string(runes), "latin1"}, 0); err != nil {
		return err
	}
	e.b.WriteByte(opReduce)
	return nil
}

func (e *encoder) global(module, name string) {
	e.b.WriteByte(opGlobal)
	e.b.WriteString(module + "\n" + name + "\n")
}

func (e *encoder) items(items []any, end byte, depth int) error {
	if len(items) == 0 {
		return nil
	}
	e.b.WriteByte(opMark)
	for _, x := range items {
		if err := e.value(x, depth+1); err != nil {
			return err
		}
	}
	e.b.WriteByte(end)
	return nil
}

func (e *encoder) tuple(t Tuple, depth int) error {
	switch {
	case len(t) == 0:
		e.b.WriteByte(opEmptyTuple)
	case len(t) <= 3:
		for _, x := range t {
			if err := e.value(x, depth+1); err != nil {
				return err
			}
		}
		e.b.WriteByte(opTuple1 + byte(len(t)-1))
	default:
		return e.items(t, opTuple, depth)
	}
	return nil
}

func (e *encoder) dict(d *Dict, depth int) error {
	if d.Ordered {
		e.global("collections", "OrderedDict")
		e.b.Write([]byte{opEmptyTuple, opReduce})
	} else {
		e.b.WriteByte(opEmptyDict)
	}
	var items []any
	for i := range d.Len() {
		k, v := d.At(i)
		items = append(items, k, v)
	}
	return e.items(items, opSetItems, depth)
}

// tensor writes a contiguous tensor in a storage of its own.
func (e *encoder) tensor(t *Tensor) error {
	e.global("torch._utils", "_rebuild_tensor_v2")
	e.b.WriteByte(opMark)
	e.b.WriteByte(opMark)
	if err := e.string("storage"); err != nil {
		return err
	}
	e.global("torch", t.DType.storage())
	for _, x := range []any{strconv.Itoa(len(e.storages)), "cpu", t.Len()} {
		if err := e.value(x, 0); err != nil {
			return err
		}
	}
	e.b.Write([]byte{opTuple, opBinPersID})
	for _, x := range []any{0, ints(t.Shape), ints(rowMajor(t.Shape)), false, &Dict{Ordered: true}} {
		if err := e.value(x, 0); err != nil {
			return err
		}
	}
	e.b.Write([]byte{opTuple, opReduce})
	e.storages = append(e.storages, t)
	return nil
}

func ints(x []int) Tuple {
	t := make(Tuple, len(x))
	for i, n := range x {
		t[i] = int64(n)
	}
	return t
}

// long is the value of LONG1's and LONG4's bytes: two's complement, little-endian.
func long(p []byte) any {
	if len(p) == 0 {
		return int64(0)
	}
	if len(p) <= 8 {
		var b [8]byte
		copy(b[:], p)
		n := int64(binary.LittleEndian.Uint64(b[:]))
		shift := 64 - 8*len(p)
		return n << shift >> shift
	}
	be := make([]byte, len(p))
	for i, c := range p {
		be[len(p)-1-i] = c
	}
	n := new(big.Int).SetBytes(be)
	if be[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(p))))
	}
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}
