package torchfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"testing"
)

// The archive holds a tensor's elements as they are, aligned for mmap, and nothing that PyTorch's zip reader cannot read: no compression, no data
// descriptors.
func TestArchive(t *testing.T) {
	d := &Dict{Ordered: true}
	for name, data := range map[string]any{"w": []float32{1, -2, 3, 4, 5, 6}} {
		x, err := New([]int{2, 3}, data)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Set(name, x); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := Encode(&b, d); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		off, err := f.DataOffset()
		if err != nil || off%alignment != 0 || f.Method != zip.Store || f.Flags&8 != 0 {
			t.Errorf("%s at %d, method %d, flags %x: %v", f.Name, off, f.Method, f.Flags, err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		p, err := io.ReadAll(r)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if f.Name == "archive/data/0" {
			got := make([]float32, 6)
			if _, err := binary.Decode(p, binary.LittleEndian, got); err != nil || got[1] != -2 || got[5] != 6 {
				t.Errorf("%v, %v", got, err)
			}
		}
	}
	if want := "[archive/data.pkl archive/.format_version archive/.storage_alignment archive/byteorder archive/data/0 archive/version]"; len(names) != 6 {
		t.Errorf("got %v, want %s", names, want)
	}
}
