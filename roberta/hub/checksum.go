package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"regexp"
)

var sha256Name = regexp.MustCompile(`^[0-9a-f]{64}$`)

// checksum compares a file with its etag: sha256 for large-file storage, git's sha1 (over "blob SIZE\0" and the content) for the others. It returns
// the sum that the file has where it is another one. Etags of mirrors that are neither cannot be compared.
func checksum(ctx context.Context, path string, m *meta) (wrong string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", local(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return "", local(err)
	}
	var h hash.Hash
	switch {
	case sha256Name.MatchString(m.etag):
		h = sha256.New()
	case commitName.MatchString(m.etag):
		h = sha1.New()
		fmt.Fprintf(h, "blob %d\x00", st.Size())
	default:
		return "", nil
	}
	buf := make([]byte, 1<<20)
	for {
		n, err := f.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return "", err
		}
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != m.etag {
		return sum, nil
	}
	return "", nil
}
