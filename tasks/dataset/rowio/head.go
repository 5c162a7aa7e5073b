package rowio

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

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
		return &FileError{Problem: "is a Parquet file", Remedy: "end its name in .parquet"}
	case bytes.HasPrefix(head, []byte("ARROW1")), bytes.HasPrefix(head, []byte{0xff, 0xff, 0xff, 0xff}):
		return &FileError{Problem: "is an Arrow file", Remedy: "give the whole folder that save_to_disk wrote"}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
