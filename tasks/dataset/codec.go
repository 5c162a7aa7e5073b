package dataset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A codec is how a file is compressed.
type codec struct {
	ext    string
	reader func(io.Reader) (io.ReadCloser, error)
	writer func(io.Writer) (io.WriteCloser, error)
}

// maxWindow bounds what a .zst file can make its decoder allocate. 128 MiB is the window of zstd's highest level.
const maxWindow = 128 << 20

var (
	plain = codec{
		reader: func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(r), nil },
		writer: func(w io.Writer) (io.WriteCloser, error) { return nopCloser{w}, nil },
	}
	codecs = []codec{
		{
			ext:    ".gz",
			reader: func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) },
			writer: func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.DefaultCompression) },
		},
		{
			ext: ".zst",
			reader: func(r io.Reader) (io.ReadCloser, error) {
				d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
					zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(2*maxWindow))
				if err != nil {
					return nil, err
				}
				return d.IOReadCloser(), nil
			},
			writer: func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) },
		},
	}
)

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

var errTooLarge = errors.New("too large")

// capped fails where io.LimitReader would pretend that the input ends.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left+1)])
	if c.left -= int64(n); c.left < 0 {
		return n - 1, errTooLarge
	}
	return n, err
}

// rows reads every row of the source.
func (s source) rows(limit int64, yield func(record) error) error {
	f, err := os.Open(s.path)
	if err != nil {
		return &FileError{File: s.path, Problem: "cannot be opened", Err: err}
	}
	defer f.Close()
	return inFile(s.path, s.readFrom(f, limit, yield))
}

func (s source) readFrom(r io.Reader, limit int64, yield func(record) error) error {
	z, err := s.reader(r)
	if err != nil {
		return &FileError{Problem: "is not a valid " + s.codec.ext + " file", Err: err, Remedy: "fetch it again, or name it after what it is"}
	}
	defer z.Close()
	br := bufio.NewReaderSize(&capped{z, limit}, 1<<16)
	last := 0
	err = checkHead(br)
	if err == nil {
		err = s.read(br, func(rec record) error {
			last = rec.row
			return yield(rec)
		})
	}
	if _, ok := errors.AsType[*FileError](err); err == nil || ok {
		return err
	}
	after := ""
	if last > 0 {
		after = fmt.Sprintf(" after row %d", last)
	}
	switch {
	case errors.Is(err, errTooLarge):
		return &FileError{Problem: fmt.Sprintf("unpacks to more than %d bytes", limit), Remedy: "raise --max_bytes if it is meant to be that large"}
	case s.codec.ext != "":
		return &FileError{Problem: "truncated or damaged" + after, Err: err, Remedy: "fetch it again"}
	}
	return &FileError{Problem: "cannot be read" + after, Err: err}
}

// checkHead drops a UTF-8 byte order mark and names the files that are something else than their ending says.
func checkHead(br *bufio.Reader) error {
	head, err := br.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, _ = br.Discard(3)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return &FileError{Problem: "is compressed with gzip", Remedy: "add .gz to its name"}
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return &FileError{Problem: "is compressed with zstd", Remedy: "add .zst to its name"}
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return &FileError{Problem: "is UTF-16", Remedy: "save it as UTF-8"}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return &FileError{Problem: "is a zip archive", Remedy: "unpack it"}
	case bytes.HasPrefix(head, []byte("PAR1")):
		return &FileError{Problem: "is a Parquet file", Remedy: "convert it to JSON lines or CSV"}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
