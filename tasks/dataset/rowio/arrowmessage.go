package rowio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"
)

// An arrowMessages reads the messages of an IPC stream. It does what the library's own reader does and checks what that one trusts: a message's sizes
// against the file's, and the lengths in its metadata.
type arrowMessages struct {
	r    io.Reader
	left int64 // bytes of the file still to come
	mem  memory.Allocator
	done bool // the end mark was met
}

const maxMetadata = 64 << 20

func (m *arrowMessages) Retain()  {}
func (m *arrowMessages) Release() {}

func (m *arrowMessages) Message() (msg *ipc.Message, err error) {
	defer recovered(&err)
	var head [8]byte
	if err := m.full(head[:]); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(head[4:]))
	switch {
	case binary.LittleEndian.Uint32(head[:4]) != math.MaxUint32:
		return nil, errors.New("no message where one should begin")
	case n == 0:
		m.done = true
		return nil, io.EOF
	case n > min(m.left, maxMetadata):
		return nil, fmt.Errorf("metadata of %d bytes: %w", n, io.ErrUnexpectedEOF)
	}
	meta := make([]byte, n)
	if err := m.full(meta); err != nil {
		return nil, err
	}
	length, err := checkMessage(meta)
	if err != nil {
		return nil, err
	}
	if length < 0 || length > m.left {
		return nil, fmt.Errorf("a body of %d bytes: %w", length, io.ErrUnexpectedEOF)
	}
	body := memory.NewResizableBuffer(m.mem)
	defer body.Release()
	body.Resize(int(length))
	if err := m.full(body.Bytes()); err != nil {
		return nil, err
	}
	return ipc.NewMessage(memory.NewBufferBytes(meta), body), nil
}

func (m *arrowMessages) full(b []byte) error {
	n, err := io.ReadFull(m.r, b)
	m.left -= int64(n)
	return noEOF(err)
}

// A metaCheck walks a message's flatbuffer. Every length in it is one that the library would allocate. Offsets point forward only, so that there are no
// circles, but one table may be met many times: tables are counted.
type metaCheck struct{ tables int }

const maxTables = 1 << 16

// Slots of tables, from Arrow's Message.fbs and Schema.fbs.
const (
	messageHeaderType, messageHeader, messageBody, messageCustom = 6, 8, 10, 12
	schemaFields, schemaCustom, schemaFeatures                   = 6, 8, 10
	fieldTypeType, fieldType, fieldChildren, fieldCustom         = 8, 10, 14, 16
	batchNodes, batchBuffers, batchVariadic                      = 6, 8, 12
	dictionaryData                                               = 6
	unionIDs                                                     = 6

	headerSchema, headerDictionary, headerBatch = 1, 2, 3
	typeUnion                                   = 14
)

// checkMessage returns the length of the body behind it.
func checkMessage(b []byte) (body int64, err error) {
	defer recovered(&err)
	var c metaCheck
	msg := flatbuffers.Table{Bytes: b, Pos: flatbuffers.GetUOffsetT(b)}
	if err := c.strings(msg, messageCustom); err != nil {
		return 0, err
	}
	var header flatbuffers.Table
	o := flatbuffers.UOffsetT(msg.Offset(messageHeader))
	if o == 0 {
		return 0, errors.New("a message without header")
	}
	msg.Union(&header, o)
	switch kind := msg.GetByteSlot(messageHeaderType, 0); kind {
	case headerSchema:
		err = c.schema(header)
	case headerBatch:
		err = c.batch(header)
	case headerDictionary:
		data, ok := child(header, dictionaryData)
		if !ok {
			return 0, errors.New("a dictionary without data")
		}
		err = c.batch(data)
	default:
		err = fmt.Errorf("a message of kind %d", kind)
	}
	return msg.GetInt64Slot(messageBody, 0), err
}

// child is a table that another one points to.
func child(t flatbuffers.Table, slot flatbuffers.VOffsetT) (flatbuffers.Table, bool) {
	o := flatbuffers.UOffsetT(t.Offset(slot))
	if o == 0 {
		return t, false
	}
	return flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.Pos + o)}, true
}

// vector checks that a vector's elements are there.
func (c *metaCheck) vector(t flatbuffers.Table, slot flatbuffers.VOffsetT, size int) (start flatbuffers.UOffsetT, n int, err error) {
	if c.tables++; c.tables > maxTables {
		return 0, 0, errors.New("more metadata than any file has")
	}
	o := flatbuffers.UOffsetT(t.Offset(slot))
	if o == 0 {
		return 0, 0, nil
	}
	start, n = t.Vector(o), t.VectorLen(o)
	if n < 0 || int64(start)+int64(n)*int64(size) > int64(len(t.Bytes)) {
		return 0, 0, fmt.Errorf("a list of %d elements in %d bytes", n, len(t.Bytes))
	}
	return start, n, nil
}

// each calls check with every table of a vector of them.
func (c *metaCheck) each(t flatbuffers.Table, slot flatbuffers.VOffsetT, check func(flatbuffers.Table) error) error {
	start, n, err := c.vector(t, slot, 4)
	for i := 0; i < n && err == nil; i++ {
		err = check(flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(start + flatbuffers.UOffsetT(4*i))})
	}
	return err
}

// strings checks a vector of key-value pairs.
func (c *metaCheck) strings(t flatbuffers.Table, slot flatbuffers.VOffsetT) error {
	_, _, err := c.vector(t, slot, 4)
	return err
}

func (c *metaCheck) schema(t flatbuffers.Table) error {
	if err := c.strings(t, schemaCustom); err != nil {
		return err
	}
	if _, _, err := c.vector(t, schemaFeatures, 8); err != nil {
		return err
	}
	return c.each(t, schemaFields, func(f flatbuffers.Table) error { return c.field(f, 0) })
}

func (c *metaCheck) field(t flatbuffers.Table, depth int) error {
	if depth > maxDepth {
		return errors.New("columns nested too deeply")
	}
	if err := c.strings(t, fieldCustom); err != nil {
		return err
	}
	if kind, ok := child(t, fieldType); ok && t.GetByteSlot(fieldTypeType, 0) == typeUnion {
		if _, _, err := c.vector(kind, unionIDs, 4); err != nil {
			return err
		}
	}
	return c.each(t, fieldChildren, func(f flatbuffers.Table) error { return c.field(f, depth+1) })
}

func (c *metaCheck) batch(t flatbuffers.Table) error {
	if _, _, err := c.vector(t, batchNodes, 16); err != nil {
		return err
	}
	_, buffers, err := c.vector(t, batchBuffers, 16)
	if err != nil {
		return err
	}
	start, n, err := c.vector(t, batchVariadic, 8)
	for i := 0; i < n && err == nil; i++ {
		if v := t.GetInt64(start + flatbuffers.UOffsetT(8*i)); v < 0 || v > int64(buffers) {
			err = fmt.Errorf("%d of %d buffers for a column", v, buffers)
		}
	}
	return err
}
