package npy

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// scanner reads the header, a Python literal: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
type scanner struct {
	text string
	pos  int
}

func (s *scanner) blanks() {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
}

// take goes past c if it comes next.
func (s *scanner) take(c byte) bool {
	s.blanks()
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) want(c byte) error {
	if s.take(c) {
		return nil
	}
	return fmt.Errorf("header: %.12q where %q should stand", s.text[s.pos:], string(c))
}

// str is a string without escapes: none is needed for what a header says.
func (s *scanner) str() (string, error) {
	s.blanks()
	if s.pos < len(s.text) && (s.text[s.pos] == '\'' || s.text[s.pos] == '"') {
		rest := s.text[s.pos+1:]
		if end := strings.IndexByte(rest, s.text[s.pos]); end >= 0 && !strings.Contains(rest[:end], `\`) {
			s.pos += end + 2
			return rest[:end], nil
		}
	}
	return "", fmt.Errorf("header: %.12q where a string should stand", s.text[s.pos:])
}

func (s *scanner) boolean() (bool, error) {
	s.blanks()
	for word, v := range map[string]bool{"True": true, "False": false} {
		if strings.HasPrefix(s.text[s.pos:], word) {
			s.pos += len(word)
			return v, nil
		}
	}
	return false, fmt.Errorf("header: %.12q where True or False should stand", s.text[s.pos:])
}

// tuple is one of extents: (), (3,), (3, 4). Python 2 wrote 3L.
func (s *scanner) tuple() ([]int, error) {
	if err := s.want('('); err != nil {
		return nil, err
	}
	shape := []int{}
	for !s.take(')') {
		s.blanks()
		start := s.pos
		for s.pos < len(s.text) && s.text[s.pos] >= '0' && s.text[s.pos] <= '9' {
			s.pos++
		}
		n, err := strconv.Atoi(s.text[start:s.pos])
		if err != nil {
			return nil, fmt.Errorf("header: shape: %.24q is no extent", s.text[start:])
		}
		shape = append(shape, n)
		s.take('L')
		if s.take(',') {
			continue
		}
		if len(shape) == 1 {
			return nil, errors.New("header: shape is a number, want a tuple")
		}
		return shape, s.want(')')
	}
	return shape, nil
}

// parse reads the dictionary, in which each of the three keys stands once and no other.
func parse(text string) (h Header, err error) {
	s := &scanner{text: text}
	if err := s.want('{'); err != nil {
		return h, err
	}
	seen := map[string]bool{}
	for !s.take('}') {
		key, err := s.str()
		if err != nil {
			return h, err
		}
		if seen[key] {
			return h, fmt.Errorf("header: %q stands there twice", key)
		}
		seen[key] = true
		if err := s.want(':'); err != nil {
			return h, err
		}
		switch key {
		case "descr":
			if s.blanks(); strings.HasPrefix(s.text[s.pos:], "[") {
				return h, errors.New("an array of records, want one of numbers or booleans")
			}
			h.Descr, err = s.str()
		case "fortran_order":
			h.Fortran, err = s.boolean()
		case "shape":
			h.Shape, err = s.tuple()
		default:
			err = fmt.Errorf("header: unknown key %q", key)
		}
		if err != nil {
			return h, err
		}
		if !s.take(',') {
			if err := s.want('}'); err != nil {
				return h, err
			}
			break
		}
	}
	if s.blanks(); s.pos < len(s.text) {
		return h, fmt.Errorf("header: %.12q follows its end", s.text[s.pos:])
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return h, fmt.Errorf("header: no %q", key)
		}
	}
	return h, nil
}

// elements multiplies, and tells an overflow.
func elements(shape []int, size int) (n int, ok bool) {
	bytes := uint64(size)
	for _, d := range shape {
		hi, lo := bits.Mul64(bytes, uint64(d))
		if d < 0 || hi != 0 || lo > math.MaxInt {
			return 0, false
		}
		bytes = lo
	}
	return int(bytes) / size, true
}
