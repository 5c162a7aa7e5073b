package torchfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxPickle is more than any state dict takes: names and shapes, no elements. Arrays of NumPy's stand in the pickle itself.
const maxPickle = 1 << 32

// machine runs one pickle.
type machine struct {
	in    input
	stack []any
	marks []int // stack heights at open MARKs
	memo  map[uint32]any
	load  func(id Tuple) (any, error) // what a reference to a storage stands for
}

// input hands out the bytes of a pickle and never allocates more than there are.
type input struct {
	at  io.ReaderAt
	pos int64
	end int64
	buf []byte // read ahead, from pos on
}

func (in *input) take(n uint64) ([]byte, error) {
	if n > uint64(in.end-in.pos) {
		return nil, errors.New("it is cut short")
	}
	if uint64(len(in.buf)) < n {
		ahead := make([]byte, min(max(int64(n), 1<<12), in.end-in.pos))
		if err := readAt(in.at, ahead, in.pos); err != nil {
			return nil, err
		}
		in.buf = ahead
	}
	p := in.buf[:n:n]
	in.buf, in.pos = in.buf[n:], in.pos+int64(n)
	return p, nil
}

// line reads up to a newline, which it drops.
func (in *input) line() (string, error) {
	var b strings.Builder
	for b.Len() < 1<<12 {
		p, err := in.take(1)
		if err != nil {
			return "", err
		}
		if p[0] == '\n' {
			return b.String(), nil
		}
		b.WriteByte(p[0])
	}
	return "", errors.New("a line of it does not end")
}

// run executes a pickle from in.pos on and leaves in.pos behind it.
func run(in *input, load func(Tuple) (any, error)) (any, error) {
	m := machine{in: *in, memo: map[uint32]any{}, load: load}
	for {
		at := m.in.pos
		op, err := m.in.take(1)
		if err == nil && op[0] == opStop {
			*in = m.in
			return m.pop()
		}
		if err == nil {
			err = m.step(op[0])
		}
		if err != nil {
			return nil, fmt.Errorf("the pickle cannot be read at byte %d: %w", at, err)
		}
	}
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

func (m *machine) pop() (any, error) {
	low := 0
	if len(m.marks) > 0 {
		low = m.marks[len(m.marks)-1]
	}
	if len(m.stack) <= low {
		return nil, errors.New("it takes a value from an empty stack")
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

func (m *machine) top() (any, error) {
	v, err := m.pop()
	if err == nil {
		m.push(v)
	}
	return v, err
}

// sinceMark takes what was pushed since the last MARK.
func (m *machine) sinceMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("it takes values since a mark, and there is none")
	}
	low := m.marks[len(m.marks)-1]
	m.marks = m.marks[:len(m.marks)-1]
	items := append([]any(nil), m.stack[low:]...)
	m.stack = m.stack[:low]
	return items, nil
}

// popN takes the n topmost values, in the order in which they were pushed.
func (m *machine) popN(n int) ([]any, error) {
	items := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		var err error
		if items[i], err = m.pop(); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// number reads n bytes, little-endian.
func (m *machine) number(n int) (uint64, error) {
	p, err := m.in.take(uint64(n))
	if err != nil {
		return 0, err
	}
	var b [8]byte
	copy(b[:], p)
	return binary.LittleEndian.Uint64(b[:]), nil
}

// counted reads a length of n bytes, and as many bytes as it says.
func (m *machine) counted(n int) ([]byte, error) {
	length, err := m.number(n)
	if err != nil {
		return nil, err
	}
	return m.in.take(length)
}

func (m *machine) text(n int) error {
	p, err := m.counted(n)
	if err != nil {
		return err
	}
	if !utf8.Valid(p) {
		return errors.New("a text of it is not UTF-8")
	}
	m.push(string(p))
	return nil
}

// decimal reads INT's and LONG's text; 00 and 01 are booleans.
func (m *machine) decimal(s string) error {
	switch s {
	case "00", "01":
		m.push(s == "01")
		return nil
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(s, "L"), 10, 64)
	if err != nil {
		return fmt.Errorf("%.20q is no whole number of 64 bits", s)
	}
	m.push(n)
	return nil
}

func (m *machine) float(p []byte, err error) error {
	if err == nil {
		m.push(math.Float64frombits(binary.BigEndian.Uint64(p)))
	}
	return err
}

func (m *machine) put(i uint64, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err == nil {
		m.memo[uint32(i)] = v
	}
	return err
}

func (m *machine) get(i uint64, err error) error {
	if err != nil {
		return err
	}
	v, ok := m.memo[uint32(i)]
	if !ok {
		return fmt.Errorf("it takes value %d from its memo, which holds none", i)
	}
	m.push(v)
	return nil
}
