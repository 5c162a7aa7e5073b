package safetensors

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
)

// read fills p with the bytes at off.
func (s *source) read(p []byte, off int64) error {
	if s.data == nil {
		n, err := s.at.ReadAt(p, off)
		if n == len(p) {
			return nil
		}
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if off > int64(len(s.data)) || int64(len(s.data))-off < int64(len(p)) {
		return io.ErrUnexpectedEOF
	}
	if !s.mapped {
		copy(p, s.data[off:])
		return nil
	}
	return copyMapped(p, s.data[off:])
}

// copyMapped copies out of a mapping. A page that the system cannot deliver (somebody cut the file short meanwhile, the disk failed) is
// a fault of memory, which would end the program; here it is an error like that of any other read.
func copyMapped(p, mapped []byte) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // what the runtime promises for faults
			err = fmt.Errorf("%w: the file was cut short while it was open, or its disk failed", io.ErrUnexpectedEOF)
		default:
			panic(r)
		}
	}()
	copy(p, mapped)
	return nil
}
