package torchfile

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
)

// Write makes the file at path, atomically, with v as torch.save would write it: torch.load(path) and torch.load(path, weights_only=True) give it
// back. Values are those of a file read; an int counts as int64. The bytes depend on v alone.
func Write(path string, v any) error {
	data, tensors, err := pickle(v)
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return archive(w, data, tensors) })
}

// Encode is [Write] to w.
func Encode(w io.Writer, v any) error {
	data, tensors, err := pickle(v)
	if err != nil {
		return err
	}
	return archive(w, data, tensors)
}

// The archive's folder. PyTorch takes any; it names it after the file.
const folder = "archive/"

// alignment is that of tensors' data, so that torch.load(mmap=True) can use them in place.
const alignment = 64

func archive(w io.Writer, data []byte, tensors []*Tensor) error {
	a := &archiver{w: w}
	a.zip = zip.NewWriter(a)
	for _, part := range []struct{ name, text string }{
		{"data.pkl", string(data)}, {".format_version", "1"}, {".storage_alignment", "64"}, {"byteorder", "little"},
	} {
		if err := a.add(part.name, []byte(part.text)); err != nil {
			return err
		}
	}
	for i, t := range tensors {
		p, err := t.bytes()
		if err == nil {
			err = a.add(fmt.Sprintf("data/%d", i), p)
		}
		if err != nil {
			return err
		}
	}
	if err := a.add("version", []byte("3\n")); err != nil {
		return err
	}
	return a.zip.Close()
}

// archiver writes a zip and knows where it is.
type archiver struct {
	w   io.Writer
	n   int64
	zip *zip.Writer
}

func (a *archiver) Write(p []byte) (int, error) {
	n, err := a.w.Write(p)
	a.n += int64(n)
	return n, err
}

// add stores a part, its data at a multiple of the alignment. Sizes stand in front of the data: PyTorch reads no data descriptors.
func (a *archiver) add(name string, p []byte) error {
	if int64(len(p)) >= math.MaxUint32 {
		return fmt.Errorf("%s has %d bytes; one tensor may have 4 GB", name, len(p))
	}
	if err := a.zip.Flush(); err != nil {
		return err
	}
	const header, field = 30, 4
	name = folder + name
	at := a.n + header + int64(len(name)) + field
	pad := (alignment - at%alignment) % alignment
	extra := binary.LittleEndian.AppendUint16([]byte("FB"), uint16(pad)) // PyTorch's own padding has this tag
	extra = append(extra, make([]byte, pad)...)
	h := &zip.FileHeader{
		Name: name, Method: zip.Store, Extra: extra,
		CRC32: crc32.ChecksumIEEE(p), CompressedSize64: uint64(len(p)), UncompressedSize64: uint64(len(p)),
	}
	w, err := a.zip.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = w.Write(p)
	return err
}
