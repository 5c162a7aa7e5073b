package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/internal/errtest"
)

// file makes a file's bytes.
func file(header string, data int) []byte {
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func dict(descr, fortran, shape string) string {
	return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n"
}

func TestBadFiles(t *testing.T) {
	good := dict("'<f4'", "False", "(2,)")
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":               {nil, "truncated?"},
		"magic only":          {[]byte(magic), "truncated?"},
		"text":                {[]byte("sentence\tlabel\nfine\t1\n"), "not a .npy file"},
		"version 4":           {append([]byte(magic), 4, 0, 0, 0, 0, 0), "version 4.0"},
		"version 1.1":         {append([]byte(magic), 1, 1, 0, 0), "version 1.1"},
		"version 2 cut short": {append([]byte(magic), 2, 0, 1, 0), "truncated?"},
		"huge header":         {append([]byte(magic), 2, 0, 255, 255, 255, 255), "a header of 4294967295 bytes"},
		"header cut short":    {file(good, 0)[:30], "truncated?"},
		"data cut short":      {file(good, 7), "7 bytes of data, shape [2] of <f4 needs 8: truncated?"},
		"no data":             {file(good, 0), "0 bytes of data"},
		"data too long":       {file(good, 9), "takes only 8"},
		"empty but data":      {file(dict("'<f4'", "False", "(0,)"), 1), "takes only 0"},
		"no dictionary":       {file("('<f4', False, (2,))", 8), `"{"`},
		"not closed":          {file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", 8), `"}"`},
		"no comma":            {file("{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", 8), `"}"`},
		"no colon":            {file("{'descr' '<f4'}", 8), `":"`},
		"text behind":         {file(strings.TrimSpace(good)+"x", 8), "follows its end"},
		"no descr":            {file("{'fortran_order': False, 'shape': (2,)}", 8), `no "descr"`},
		"no fortran_order":    {file("{'descr': '<f4', 'shape': (2,)}", 8), `no "fortran_order"`},
		"no shape":            {file("{'descr': '<f4', 'fortran_order': False}", 8), `no "shape"`},
		"empty dictionary":    {file("{}", 8), `no "descr"`},
		"key twice":           {file("{'shape': (2,), 'shape': (2,)}", 8), `"shape" stands there twice`},
		"unknown key":         {file("{'shapes': (2,)}", 8), `unknown key "shapes"`},
		"string open":         {file("{'descr", 8), "string"},
		"string with escape":  {file(`{'de\'scr': 1}`, 8), "string"},
		"records":             {file(dict("[('a', '<f4')]", "False", "(2,)"), 8), "records"},
		"complex":             {file(dict("'<c8'", "False", "(2,)"), 16), `"<c8"`},
		"object":              {file(dict("'|O'", "False", "(2,)"), 16), `"|O"`},
		"two orders":          {file(dict("'<>f4'", "False", "(2,)"), 8), `"<>f4"`},
		"no order":            {file(dict("'f4'", "False", "(2,)"), 8), `"f4"`},
		"order a number":      {file(dict("'<f4'", "0", "(2,)"), 8), "True or False"},
		"shape a number":      {file(dict("'<f4'", "False", "(2)"), 8), "tuple"},
		"shape a list":        {file(dict("'<f4'", "False", "[2]"), 8), `"("`},
		"negative extent":     {file(dict("'<f4'", "False", "(-2,)"), 8), "no extent"},
		"fractional extent":   {file(dict("'<f4'", "False", "(2.0,)"), 8), "header"},
		"extent overflows":    {file(dict("'<f4'", "False", "(99999999999999999999,)"), 8), "no extent"},
		"product overflows":   {file(dict("'<f4'", "False", "(4611686018427387904, 4)"), 0), "addressed"},
		"more than there is":  {file(dict("'<f4'", "False", "(1000000000000,)"), 8), "needs 4000000000000"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.npy")
			if err := os.WriteFile(path, c.file, 0o666); err != nil {
				t.Fatal(err)
			}
			_, _, err := Read[float32](path)
			errtest.Says(t, err, path+": ", c.want)
			_, err = ReadHeader(path)
			errtest.Says(t, err, path+": ", c.want)
			_, _, err = Decode[float32](bytes.NewReader(c.file))
			if strings.HasPrefix(c.want, "takes only") { // a stream does not tell how much more there is
				c.want = "data goes on after"
			}
			errtest.Says(t, err, c.want)
		})
	}
	_, _, err := Read[float32](goldens + "record")
	errtest.Says(t, err, "records")
}

func TestWrongType(t *testing.T) {
	try := func(name string, err error, want string) {
		t.Helper()
		errtest.Says(t, err, goldens+name+Extension, want)
	}
	_, _, err := Read[float32](goldens + "b1")
	try("b1", err, "elements of type |b1, want <f4")
	_, _, err = Read[bool](goldens + "f4")
	try("f4", err, "elements of type <f4, want |b1")
	_, _, err = Read[bool](goldens + "u1")
	try("u1", err, "elements of type |u1, want |b1")
	_, _, err = Read[int32](goldens + "i8")
	try("i8", err, "elements of type <i8, want <i4")
	_, _, err = Read[uint8](goldens + "b1")
	try("b1", err, "elements of type |b1, want |u1")
	_, _, err = Read[int64](goldens + "f8")
	try("f8", err, "elements of type <f8, want <i8")
}

func TestElementsThatDoNotFit(t *testing.T) {
	var b bytes.Buffer
	if err := Encode(&b, []int{3}, []float64{1, math.Inf(1), 1e39}); err != nil {
		t.Fatal(err)
	}
	_, _, err := Decode[float32](&b)
	errtest.Says(t, err, "element 2, 1e+39, is beyond float32")
	mask := file(dict("'|b1'", "False", "(2,)"), 2)
	mask[len(mask)-1] = 2
	_, _, err = Decode[bool](bytes.NewReader(mask))
	errtest.Says(t, err, "element 1 is byte 2")
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"0.1.npy", "both", "both.npy", "dir.npy"} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"dir", "other"} {
		if err := os.Mkdir(name, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"0.1": "0.1.npy", "0.1.npy": "0.1.npy", "both": "both", "dir": "dir.npy"} {
		if got, err := Find(name); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	_, err := Find("0.2")
	if errtest.Says(t, err, "0.2: ", "nor is there 0.2.npy"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	_, err = Find("other")
	errtest.Says(t, err, "other is a directory", "other.npy")
	_, _, err = Read[bool]("0.2")
	errtest.Says(t, err, "0.2.npy")
}

func TestWhatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.npy")
	for _, shape := range [][]int{{3}, {}, {2, 2}, {-1, -2}, {math.MaxInt, 4}, {0}} {
		errtest.Says(t, Write(path, shape, []bool{true, false}), path, "shape")
	}
	errtest.Says(t, Write(filepath.Join(dir, "no", "x.npy"), []int{1}, []bool{true}), filepath.Join(dir, "no", "x.npy"))
	if list, _ := os.ReadDir(dir); len(list) != 0 {
		t.Errorf("%v left behind", list)
	}
}

// Whatever reads must write and read back the same; nothing may panic or allocate what the file does not hold.
func FuzzDecode(f *testing.F) {
	f.Add(file(dict("'<f4'", "False", "(2,)"), 8))
	f.Add(file(dict("'>f8'", "True", "(1, 2L)"), 16))
	f.Add(file(dict("'<f4'", "False", "(1000000000000,)"), 8))
	for _, name := range []string{"f2", "f4", "f4-v3", "f4-fortran", "f8-scalar", "f4-empty"} {
		data, err := os.ReadFile(goldens + name + Extension)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		shape, data, err := Decode[float64](bytes.NewReader(in))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Encode(&b, shape, data); err != nil {
			t.Fatal(err)
		}
		_, again, err := Decode[float64](&b)
		if err != nil || len(again) != len(data) {
			t.Fatal(len(data), len(again), err)
		}
		for i := range data {
			if data[i] != again[i] && data[i] == data[i] {
				t.Fatalf("element %d: %v, then %v", i, data[i], again[i])
			}
		}
	})
}
