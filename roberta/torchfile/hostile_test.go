package torchfile

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// doubled is a pickle of a tuple of two tuples of two and so on: a few bytes that stand for 2ⁿ when they are written out.
func doubled(n int) string { return ")" + strings.Repeat("2\x86", n) }

// An error shows no value that a file made larger than itself, and is one short line.
func TestErrorsStayShort(t *testing.T) {
	const n = 22
	long := "X" + le(4, 1<<20) + strings.Repeat("k", 1<<20)
	magic, version, system := "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", "M\xe9\x03.", "}."
	for name, file := range map[string]string{
		"shape":           magic + version + system + strings.Replace(tensorPickle(1, 0, 1, 1), "J"+le(4, 1)+"\x85J", doubled(n)+"\x85J", 1),
		"keys":            magic + version + system + "N.]" + doubled(n) + "a.",
		"version":         magic + doubled(n) + "." + system,
		"view":            magic + version + system + "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01X\x01\x00\x00\x000" + doubled(n) + "K\x01\x87tQ.",
		"name":            magic + version + system + long + long + "\x93.",
		"storage":         magic + version + system + "N.]" + long + "a.",
		"number of bytes": magic + version + system + "}" + "(" + strings.Repeat("K\x01", 1000) + "tNs.",
	} {
		_, err := Decode(strings.NewReader(file), int64(len(file)))
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if len(err.Error()) > 300 {
			t.Errorf("%s: an error of %d bytes: %.200s", name, len(err.Error()), err)
		}
	}
}

// A part of an archive that claims to be larger than the file is refused before anything of its size is allocated.
func TestPartLargerThanFile(t *testing.T) {
	const claimed = 1 << 39
	for _, tc := range []struct{ name, pickle, lies string }{
		{"data.pkl", "\x80\x02\x8e" + le(8, claimed/2) + strings.Repeat("a", 1<<13) + ".", "data.pkl"},
		{"data/0", tensorPickle(claimed/4, 0, claimed/4, 1), "data/0"},
	} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, part := range []struct{ name, data string }{{"data.pkl", tc.pickle}, {"data/0", "abcd"}} {
			size := uint64(len(part.data))
			if part.name == tc.lies {
				size = claimed
			}
			w, err := z.CreateRaw(&zip.FileHeader{Name: folder + part.name, Method: zip.Store, CompressedSize64: size, UncompressedSize64: size})
			if err == nil {
				_, err = w.Write([]byte(part.data))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := Decode(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err == nil || !strings.Contains(err.Error(), tc.name+" in it has 549755813888 bytes, more than the file") {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
