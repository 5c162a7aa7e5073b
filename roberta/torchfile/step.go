package torchfile

import (
	"errors"
	"fmt"
	"strconv"
)

// refused are the opcodes that data never need, by the names of Python's pickle.py.
var refused = map[byte]string{
	'P': "PERSID", 'i': "INST", 'o': "OBJ", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x8f: "EMPTY_SET", 0x90: "ADDITEMS",
	0x91: "FROZENSET", 0x92: "NEWOBJ_EX", 0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER", 'S': "STRING",
}

// step executes one opcode.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		v, err := m.number(1)
		if err == nil && v > 5 {
			err = fmt.Errorf("protocol %d is unknown", v)
		}
		return err
	case opFrame:
		_, err := m.number(8)
		return err
	case opMark:
		m.marks = append(m.marks, len(m.stack))
	case opPop:
		if len(m.marks) > 0 && m.marks[len(m.marks)-1] == len(m.stack) {
			_, err := m.sinceMark()
			return err
		}
		_, err := m.pop()
		return err
	case opPopMark:
		_, err := m.sinceMark()
		return err
	case opDup:
		v, err := m.top()
		if err == nil {
			m.push(v)
		}
		return err
	case opNone:
		m.push(nil)
	case opNewTrue:
		m.push(true)
	case opNewFalse:
		m.push(false)
	case opGlobal, opStackGlobal, opReduce, opNewObj, opBuild, opBinPersID:
		return m.object(op)
	case opPut, opBinPut, opLongBinPut, opMemoize, opGet, opBinGet, opLongBinGet:
		return m.remember(op)
	case opEmptyList, opEmptyTuple, opEmptyDict, opList, opTuple, opTuple1, opTuple2, opTuple3, opDict, opAppend, opAppends, opSetItem, opSetItems:
		return m.container(op)
	default:
		return m.scalar(op)
	}
	return nil
}

// scalar executes the opcodes of numbers, texts and bytes.
func (m *machine) scalar(op byte) error {
	var n uint64
	var p []byte
	var s string
	var err error
	switch op {
	case opBinInt1, opBinInt2:
		n, err = m.number(map[byte]int{opBinInt1: 1, opBinInt2: 2}[op])
		m.push(int64(n))
	case opBinInt:
		n, err = m.number(4)
		m.push(int64(int32(n)))
	case opLong1, opLong4:
		p, err = m.counted(map[byte]int{opLong1: 1, opLong4: 4}[op])
		if err == nil && len(p) > 64 {
			err = fmt.Errorf("a whole number of %d bytes", len(p))
		}
		m.push(long(p))
	case opInt, opLong:
		if s, err = m.in.line(); err == nil {
			err = m.decimal(s)
		}
	case opFloat:
		var x float64
		if s, err = m.in.line(); err == nil {
			x, err = strconv.ParseFloat(s, 64)
		}
		m.push(x)
	case opBinFloat:
		return m.float(m.in.take(8))
	case opShortBinUnicode:
		return m.text(1)
	case opBinUnicode:
		return m.text(4)
	case opBinUnicode8:
		return m.text(8)
	case opUnicode:
		s, err = m.in.line()
		m.push(s)
	case opShortBinString: // Python 2's str is what protocol 2 has for ASCII names
		return m.text(1)
	case opBinString:
		return m.text(4)
	case opShortBinBytes:
		p, err = m.counted(1)
		m.push(p)
	case opBinBytes:
		p, err = m.counted(4)
		m.push(p)
	case opBinBytes8:
		p, err = m.counted(8)
		m.push(p)
	default:
		if name, ok := refused[op]; ok {
			return fmt.Errorf("opcode %s (0x%02x) is none that plain data need; nothing of it was run", name, op)
		}
		return fmt.Errorf("opcode 0x%02x is unknown: no pickle, or a damaged one", op)
	}
	return err
}

func (m *machine) container(op byte) error {
	var items []any
	var err error
	switch op {
	case opEmptyList:
		m.push(&List{})
	case opEmptyTuple:
		m.push(Tuple{})
	case opEmptyDict:
		m.push(&Dict{})
	case opList:
		items, err = m.sinceMark()
		m.push(&List{items})
	case opTuple:
		items, err = m.sinceMark()
		m.push(Tuple(items))
	case opTuple1, opTuple2, opTuple3:
		items, err = m.popN(int(op-opTuple1) + 1)
		m.push(Tuple(items))
	case opDict:
		if items, err = m.sinceMark(); err == nil {
			d := &Dict{}
			m.push(d)
			err = set(d, items)
		}
	case opAppend, opAppends:
		items, v, err := m.added(op == opAppend, 1)
		if err != nil {
			return err
		}
		l, ok := v.(*List)
		if !ok {
			return fmt.Errorf("it appends to a %s", kind(v))
		}
		l.Items = append(l.Items, items...)
	case opSetItem, opSetItems:
		items, v, err := m.added(op == opSetItem, 2)
		if err != nil {
			return err
		}
		d, ok := v.(*Dict)
		if !ok {
			return fmt.Errorf("it sets items of a %s", kind(v))
		}
		return set(d, items)
	}
	return err
}

// added are the items that an opcode adds, n of them or those since the mark, and what it adds them to.
func (m *machine) added(counted bool, n int) (items []any, to any, err error) {
	if counted {
		items, err = m.popN(n)
	} else {
		items, err = m.sinceMark()
	}
	if err == nil {
		to, err = m.top()
	}
	return items, to, err
}

func set(d *Dict, items []any) error {
	if len(items)%2 != 0 {
		return errors.New("it sets a key without a value")
	}
	for i := 0; i < len(items); i += 2 {
		if err := d.Set(items[i], items[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) remember(op byte) error {
	switch op {
	case opBinPut:
		return m.put(m.number(1))
	case opLongBinPut:
		return m.put(m.number(4))
	case opMemoize:
		return m.put(uint64(len(m.memo)), nil)
	case opBinGet:
		return m.get(m.number(1))
	case opLongBinGet:
		return m.get(m.number(4))
	}
	s, err := m.in.line()
	if err != nil {
		return err
	}
	i, err := strconv.ParseUint(s, 10, 32)
	if op == opPut {
		return m.put(i, err)
	}
	return m.get(i, err)
}
