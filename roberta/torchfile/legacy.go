package torchfile

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// The format before PyTorch 1.6: pickles of a magic number, a version, the machine's properties, the value and the keys of its storages, and
// the storages behind each other, each after its number of elements.
const legacyVersion = 1001

var legacyMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

// decodeLegacy reads it. torch.load reads a plain pickle with torch's names no other way, either: nothing else is tried.
func decodeLegacy(at io.ReaderAt, size int64) (any, error) {
	in := &input{at: at, end: size}
	magic, err := run(in, nil)
	if err != nil {
		return nil, fmt.Errorf("no file of torch.save's: %w", err)
	}
	if n, ok := magic.(*big.Int); !ok || n.Cmp(legacyMagic) != 0 {
		return nil, fmt.Errorf("a pickle of a %s, but not of torch.save's: its magic number is missing", kind(magic))
	}
	version, err := run(in, nil)
	if err != nil {
		return nil, err
	}
	if version != any(int64(legacyVersion)) {
		return nil, fmt.Errorf("version %s of torch.save's format, want %d", Show(version), legacyVersion)
	}
	system, err := run(in, nil)
	if err != nil {
		return nil, err
	}
	l := legacy{storages: map[string]*storage{}}
	if d, ok := system.(*Dict); ok {
		little, ok := d.Get("little_endian")
		l.big = ok && little == any(false)
	}
	v, err := run(in, l.load)
	if err != nil {
		return nil, err
	}
	keys, err := run(in, nil)
	if err != nil {
		return nil, err
	}
	return v, l.place(in, keys)
}

type legacy struct {
	big      bool
	storages map[string]*storage
}

// load resolves ('storage', class, key, device, elements, view), where view is None or (key, offset, elements).
func (l *legacy) load(id Tuple) (any, error) {
	if len(id) == 0 || id[0] != any("storage") {
		return nil, fmt.Errorf("it refers to %s outside: a whole object; save its state_dict() instead", wrongArguments(id))
	}
	key, t, n, err := storageID(id)
	if err != nil {
		return nil, err
	}
	s, ok := l.storages[key]
	if !ok {
		s = &storage{dtype: t, n: int(n), big: l.big}
		l.storages[key] = s
	}
	if s.dtype != t {
		return nil, fmt.Errorf("storage %s is of %s and of %s", Show(key), s.dtype, t)
	}
	if len(id) < 6 || id[5] == nil {
		return &view{of: s}, nil
	}
	part, ok := id[5].(Tuple)
	if !ok || len(part) != 3 {
		return nil, fmt.Errorf("a view of a storage as a %s", kind(id[5]))
	}
	first, ok := part[1].(int64)
	if !ok || first < 0 || first > int64(s.n) {
		return nil, fmt.Errorf("a view of a storage from %s on", Show(part[1]))
	}
	return &view{of: s, first: int(first)}, nil
}

// place finds the storages behind the pickles.
func (l *legacy) place(in *input, keys any) error {
	list, ok := keys.(*List)
	if !ok {
		return fmt.Errorf("the keys of the storages are a %s", kind(keys))
	}
	pos := in.pos
	for _, k := range list.Items {
		key, ok := k.(string)
		s := l.storages[key]
		if !ok || s == nil {
			return fmt.Errorf("storage %s belongs to no tensor", Show(k))
		}
		head := make([]byte, 8)
		if in.end-pos < 8 {
			return errors.New("it is cut short; copy or download it again")
		}
		if err := readAt(in.at, head, pos); err != nil {
			return err
		}
		n, bytes := number(&descr{Int64, l.big}, head).(int64), int64(s.dtype.Size())
		pos += 8
		if n != int64(s.n) {
			return fmt.Errorf("storage %s has %d elements, its tensors say %d", Show(key), n, s.n)
		}
		if (in.end-pos)/bytes < n {
			return errors.New("it is cut short; copy or download it again")
		}
		s.at = io.NewSectionReader(in.at, pos, n*bytes)
		pos += n * bytes
	}
	return nil
}
