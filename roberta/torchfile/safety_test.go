package torchfile

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The list of names is closed; a longer one is a decision. Each of these builds data in this package and calls nothing of the file's choosing.
func TestGlobals(t *testing.T) {
	want := []string{
		"__builtin__.bytes", "_codecs.encode", "builtins.bytes", "collections.OrderedDict",
		"numpy._core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar",
		"numpy.dtype", "numpy.ndarray",
		"torch.BFloat16Storage", "torch.BoolStorage", "torch.ByteStorage", "torch.CharStorage", "torch.DoubleStorage", "torch.FloatStorage",
		"torch.HalfStorage", "torch.IntStorage", "torch.LongStorage", "torch.ShortStorage", "torch.Size",
		"torch._utils._rebuild_parameter", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
		"torch.bfloat16", "torch.bool", "torch.float16", "torch.float32", "torch.float64", "torch.int16", "torch.int32", "torch.int64", "torch.int8",
		"torch.uint8",
	}
	if got := Globals(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// unpickle runs one pickle by itself.
func unpickle(p string) (any, error) {
	return run(&input{at: strings.NewReader(p), end: int64(len(p))}, nil)
}

func le(n int, x uint64) string {
	return string(binary.LittleEndian.AppendUint64(nil, x)[:n])
}

func TestRefusals(t *testing.T) {
	for _, tc := range []struct{ name, pickle, says string }{
		{"shell", "cposix\nsystem\n(X\x02\x00\x00\x00lstR.", `"posix.system"`},
		{"shell, protocol 4", "\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.", `"posix.system"`},
		{"eval", "c__builtin__\neval\n(S'1'\ntR.", `"__builtin__.eval"`},
		{"getattr", "cbuiltins\ngetattr\n.", `"builtins.getattr"`},
		{"a module of its own", "c__main__\nModel\n)\x81.", "save its state_dict()"},
		{"pickle within a pickle", "ctorch.storage\n_load_from_bytes\n.", `"torch.storage._load_from_bytes"`},
		{"dotted name", "\x80\x04\x8c\x0bcollections\x8c\x15OrderedDict.fromkeys.\x93.", "OrderedDict.fromkeys"},
		{"INST", "(iposix\nsystem\n.", "INST (0x69)"},
		{"OBJ", "(cposix\nsystem\no.", `"posix.system"`},
		{"EXT1", "\x82\x01.", "EXT1 (0x82)"},
		{"PERSID", "Pabc\n.", "PERSID"},
		{"NEWOBJ_EX", "))}\x92.", "NEWOBJ_EX"},
		{"unknown opcode", "\xff.", "0xff is unknown"},
		{"unknown opcode 0", "\x00.", "0x00 is unknown"},
		{"protocol", "\x80\x09.", "protocol 9"},
		{"class called", "cnumpy\nndarray\n)R.", "reference only"},
		{"state for a list", "]}b.", "gives a list a state"},
		{"call of a list", "])R.", "calls a list"},
		{"bytes of another codec", "c_codecs\nencode\n(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13tR.", "_codecs.encode"},
		{"text longer than the file", "X" + le(4, 1<<31) + "a.", "cut short"},
		{"bytes longer than the file", "\x8e" + le(8, 1<<62) + "a.", "cut short"},
		{"long of 2 GB", "\x8b" + le(4, 1<<31-1) + ".", "cut short"},
		{"long of 100 bytes", "\x8a\x64" + strings.Repeat("1", 100) + ".", "100 bytes"},
		{"empty stack", ".", "empty stack"},
		{"beyond the mark", "K\x01(0a.", "cannot be read"},
		{"no mark", "t.", "since a mark"},
		{"no memo", "h\x05.", "memo"},
		{"key without value", "}(K\x01u.", "without a value"},
		{"key that is a list", "}]K\x01s.", "cannot be a key"},
		{"array of a lying shape", "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR(K\x01(J\xff\xff\xff\x7ftcnumpy\ndtype\n(X\x02\x00\x00\x00f8tR\x89C\x01atb.",
			"has 1 bytes"},
		{"array of objects", "cnumpy\ndtype\n(X\x02\x00\x00\x00O8tR.", `"O8"`},
		{"no end", "K\x01", "cut short"},
	} {
		v, err := unpickle(tc.pickle)
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, %v; want an error with %s", tc.name, v, err, tc.says)
		}
	}
}

// Nesting costs no stack, and a list may hold itself.
func TestNesting(t *testing.T) {
	const n = 1 << 20
	if _, err := unpickle(strings.Repeat("]", n) + strings.Repeat("a", n-1) + "."); err != nil {
		t.Error(err)
	}
	if _, err := unpickle(strings.Repeat(")", 1) + strings.Repeat("\x85", n) + "."); err != nil {
		t.Error(err)
	}
	v, err := unpickle("]q\x00h\x00a.")
	if l, ok := v.(*List); err != nil || !ok || l.Items[0] != any(l) {
		t.Errorf("%v, %v", v, err)
	}
	if err := Encode(&bytes.Buffer{}, v); err == nil || !strings.Contains(err.Error(), "nested deeper") {
		t.Errorf("a list in itself is written: %v", err)
	}
}

// tensorPickle refers to storage "0" of n floats with a tensor of that offset, shape and stride.
func tensorPickle(n, offset, shape, stride int64) string {
	j := func(x int64) string {
		if x == int64(int32(x)) {
			return "J" + le(4, uint64(x))
		}
		return "\x8a\x08" + le(8, uint64(x))
	}
	return "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + j(n) + "tQ" +
		j(offset) + j(shape) + "\x85" + j(stride) + "\x85\x89}tR."
}

// A tensor stays within its storage, and a storage within the file.
func TestViews(t *testing.T) {
	load := func(n, offset, shape, stride int64) error {
		l := legacy{storages: map[string]*storage{}}
		p := tensorPickle(n, offset, shape, stride)
		_, err := run(&input{at: strings.NewReader(p), end: int64(len(p))}, l.load)
		return err
	}
	for _, tc := range []struct{ n, offset, shape, stride int64 }{{6, 0, 6, 1}, {6, 5, 1, 1}, {6, 0, 3, 2}, {6, 1, 3, 2}, {6, 6, 0, 1}, {0, 0, 0, 1}} {
		if err := load(tc.n, tc.offset, tc.shape, tc.stride); err != nil {
			t.Errorf("%v: %v", tc, err)
		}
	}
	for _, tc := range []struct{ n, offset, shape, stride int64 }{
		{6, 0, 7, 1}, {6, 6, 1, 1}, {6, 1, 3, 3}, {6, -1, 1, 1}, {6, 0, -1, 1}, {6, 0, 2, -1}, {6, 0, 7, 0}, {-1, 0, 1, 1}, {1 << 62, 0, 1, 1},
		{6, 1 << 62, 1, 1}, {6, 0, 1 << 62, 1}, {6, 0, 2, 1 << 62}, {6, 1 << 40, 1 << 40, 1 << 40},
	} {
		if err := load(tc.n, tc.offset, tc.shape, tc.stride); err == nil {
			t.Errorf("%v passes", tc)
		}
	}
}

// FuzzDecode: no bytes crash the reader or make it take more memory than they could fill.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.pt")
	if err != nil || len(files) == 0 {
		f.Fatal("no goldens", err)
	}
	for _, name := range files {
		p, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		v, err := Decode(bytes.NewReader(p), int64(len(p)))
		if err != nil {
			return
		}
		d, ok := v.(*Dict)
		if !ok {
			return
		}
		for i := range d.Len() {
			if _, x := d.At(i); Kind(x) == "tensor" {
				if n := x.(*Tensor).Len(); n > 8*len(p) {
					t.Fatalf("a tensor of %d elements in %d bytes", n, len(p))
				}
				_, _ = x.(*Tensor).Data()
			}
		}
	})
}

// FuzzPickle is [FuzzDecode] of a pickle alone, without archive and checksum around it.
func FuzzPickle(f *testing.F) {
	f.Add([]byte("\x80\x02}q\x00(X\x03\x00\x00\x00posq\x01]q\x02(K\x01M\x00\x01J\xff\xff\xff\xff\x8a\x05\x00\x00\x00\x00\x01G?\xf8\x00\x00\x00\x00\x00\x00Ne\x88\x89\x86u."))
	f.Add([]byte(tensorPickle(6, 1, 3, 2)))
	f.Add([]byte("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR(K\x01(K\x01tcnumpy\ndtype\n(X\x02\x00\x00\x00u1tR\x89C\x01atb."))
	f.Fuzz(func(_ *testing.T, p []byte) {
		l := legacy{storages: map[string]*storage{}}
		_, _ = run(&input{at: bytes.NewReader(p), end: int64(len(p))}, l.load)
	})
}
