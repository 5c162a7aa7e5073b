package torchfile

import (
	"archive/zip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"
)

// decodeZip reads the format since PyTorch 1.6: an archive with data.pkl, and each storage in a part of its own.
func decodeZip(at io.ReaderAt, size int64) (any, error) {
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, fmt.Errorf("%w: cut short or damaged; copy or download it again", err)
	}
	a := &zipped{at: at, size: size, parts: map[string]*zip.File{}, storages: map[string]*storage{}}
	for _, f := range z.File {
		if path.Base(f.Name) == "data.pkl" && a.dir == "" {
			a.dir = strings.TrimSuffix(f.Name, "data.pkl")
		}
		a.parts[f.Name] = f
	}
	if _, script := a.parts[a.dir+"constants.pkl"]; script {
		return nil, errors.New("is a TorchScript program, want what torch.save wrote of data")
	}
	order, err := a.text("byteorder")
	if err != nil {
		return nil, err
	}
	a.big = order == "big"
	pickled, err := a.section("data.pkl")
	if err != nil {
		return nil, err
	}
	if err := a.checkPickle(pickled); err != nil {
		return nil, err
	}
	return run(&input{at: pickled, end: pickled.Size()}, a.load)
}

type zipped struct {
	at       io.ReaderAt
	size     int64
	dir      string
	parts    map[string]*zip.File
	big      bool
	storages map[string]*storage
}

// section is a part's data in place. PyTorch compresses nothing.
func (a *zipped) section(name string) (*io.SectionReader, error) {
	f, ok := a.parts[a.dir+name]
	if !ok {
		return nil, fmt.Errorf("a zip archive without %s: not of torch.save's, or cut short", Show(name))
	}
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return nil, fmt.Errorf("%s in it is compressed, which torch.save never does", name)
	}
	off, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("%s in it: %w", name, err)
	}
	if off > a.size || f.CompressedSize64 > uint64(a.size-off) {
		return nil, fmt.Errorf("%s in it has %d bytes, more than the file: cut short or damaged; copy or download it again", name, f.CompressedSize64)
	}
	return io.NewSectionReader(a.at, off, int64(f.CompressedSize64)), nil
}

// checkPickle compares the checksum, where there is one: torch.save can be told to leave it out, and then writes 0.
func (a *zipped) checkPickle(r *io.SectionReader) error {
	want := a.parts[a.dir+"data.pkl"].CRC32
	if want == 0 {
		return nil
	}
	sum := crc32.NewIEEE()
	if n, err := io.Copy(sum, io.NewSectionReader(r, 0, r.Size())); err != nil || n != r.Size() || sum.Sum32() != want {
		return errors.New("data.pkl in it is damaged: the checksum is another one; copy or download the file again")
	}
	return nil
}

// text is a small part that may be missing.
func (a *zipped) text(name string) (string, error) {
	if _, ok := a.parts[a.dir+name]; !ok {
		return "", nil
	}
	r, err := a.section(name)
	if err != nil {
		return "", err
	}
	p := make([]byte, min(16, r.Size()))
	if err := readAt(r, p, 0); err != nil {
		return "", err
	}
	return strings.TrimSpace(string(p)), nil
}

// load resolves ('storage', class, key, device, elements).
func (a *zipped) load(id Tuple) (any, error) {
	key, t, n, err := storageID(id)
	if err != nil {
		return nil, err
	}
	s, ok := a.storages[key]
	if !ok {
		r, err := a.section("data/" + key)
		if err != nil {
			return nil, err
		}
		if r.Size()%int64(t.Size()) != 0 || r.Size()/int64(t.Size()) != n {
			return nil, fmt.Errorf("storage %s has %d bytes, want %d elements of %s", Show(key), r.Size(), n, t)
		}
		s = &storage{dtype: t, n: int(n), big: a.big, at: r, crc: a.parts[a.dir+"data/"+key].CRC32}
		a.storages[key] = s
	}
	if s.dtype != t {
		return nil, fmt.Errorf("storage %s is of %s and of %s", Show(key), s.dtype, t)
	}
	return &view{of: s}, nil
}

// storageID takes a reference to a storage apart.
func storageID(id Tuple) (key string, t DType, n int64, err error) {
	if len(id) >= 5 && id[0] == any("storage") {
		class, ok := storageType(id[1])
		key, ok2 := id[2].(string)
		n, ok3 := id[4].(int64)
		if ok && ok2 && ok3 && n >= 0 && n <= maxPickle*64 {
			return key, class, n, nil
		}
	}
	return "", "", 0, fmt.Errorf("a reference to a storage as %w", wrongArguments(id))
}
