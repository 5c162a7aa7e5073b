package rowio

import (
	"io"
	"strings"

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

// codecOf takes a compression's ending off a name.
func codecOf(name string) (rest string, c codec) {
	for _, c := range codecs {
		if rest, found := strings.CutSuffix(name, c.ext); found {
			return rest, c
		}
	}
	return name, plain
}
