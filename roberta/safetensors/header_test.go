package safetensors

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/internal/errtest"
)

func tensor(name, dtype, shape string, begin, end uint64) string {
	return fmt.Sprintf(`"%s":{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}`, name, dtype, shape, begin, end)
}

// Every way in which a file can lie about itself.
func TestBadFiles(t *testing.T) {
	a, b := tensor("a", "F32", "[2]", 0, 8), tensor("b", "F16", "[3]", 8, 14)
	one := func(tensors ...string) string { return "{" + strings.Join(tensors, ",") + "}" }
	for name, c := range map[string]struct {
		file []byte
		want []string
	}{
		"empty":                      {nil, []string{"0 bytes", "truncated?"}},
		"seven bytes":                {make([]byte, 7), []string{"7 bytes", "truncated?"}},
		"no header":                  {make([]byte, 8), []string{"does not begin with {"}},
		"header longer than file":    {build(one(a), 8)[:40], []string{"in a file of 40", "truncated?"}},
		"header over the limit":      {[]byte{1, 0xe1, 0xf5, 5, 0, 0, 0, 0, '{'}, []string{"100000001", "limit"}},
		"header length overflows":    {[]byte{255, 255, 255, 255, 255, 255, 255, 255, '{'}, []string{"limit"}},
		"a text file":                {[]byte("#!/bin/sh\necho no model\n"), []string{"not a safetensors file?"}},
		"leading blank":              {build(" {}", 0), []string{"does not begin with {"}},
		"an array":                   {build("[]", 0), []string{"does not begin with {"}},
		"invalid UTF-8":              {build("{\"a\xff\":1}", 0), []string{"UTF-8"}},
		"JSON cut short":             {build(`{"a":{"dtype":"F32"`, 0), []string{"header"}},
		"JSON object open":           {build(`{`, 0), []string{"header"}},
		"JSON without comma":         {build(`{"a":1 "b":2}`, 0), []string{"header"}},
		"text behind the JSON":       {build(one(a)+"{}", 8), []string{"follows"}},
		"tensor is no object":        {build(`{"a":[1]}`, 0), []string{`tensor "a"`, `"{"`}},
		"name twice":                 {build(one(a, tensor("a", "F32", "[2]", 8, 16)), 16), []string{`"a" is there twice`}},
		"name twice, escaped":        {build(one(a, tensor(`\u0061`, "F32", "[2]", 8, 16)), 16), []string{`"a" is there twice`}},
		"field twice":                {build(`{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 0), []string{`tensor "a"`, `"dtype" is there twice`}},
		"metadata twice":             {build(`{"__metadata__":{},"__metadata__":{}}`, 0), []string{"there twice"}},
		"metadata of numbers":        {build(`{"__metadata__":{"k":1}}`, 0), []string{"__metadata__", `"k"`, "string"}},
		"metadata of null":           {build(`{"__metadata__":{"k":null}}`, 0), []string{"__metadata__", `"k"`, "string"}},
		"metadata key twice":         {build(`{"__metadata__":{"k":"","k":""}}`, 0), []string{"__metadata__", `"k" is there twice`}},
		"no dtype":                   {build(`{"a":{"shape":[0],"data_offsets":[0,0]}}`, 0), []string{`tensor "a"`, "no dtype"}},
		"no shape":                   {build(`{"a":{"dtype":"F32","data_offsets":[0,0]}}`, 0), []string{`tensor "a"`, "no shape"}},
		"null shape":                 {build(`{"a":{"dtype":"F32","shape":null,"data_offsets":[0,0]}}`, 0), []string{`tensor "a"`, "no shape"}},
		"no data_offsets":            {build(`{"a":{"dtype":"F32","shape":[0]}}`, 0), []string{`tensor "a"`, "no data_offsets"}},
		"unknown dtype":              {build(one(tensor("a", "F31", "[2]", 0, 8)), 8), []string{`tensor "a"`, `"F31" is unknown`}},
		"dtype a number":             {build(`{"a":{"dtype":1,"shape":[0],"data_offsets":[0,0]}}`, 0), []string{`tensor "a"`, "dtype"}},
		"negative extent":            {build(one(tensor("a", "F32", "[-2]", 0, 8)), 8), []string{`tensor "a"`, "shape"}},
		"fractional extent":          {build(one(tensor("a", "F32", "[2.5]", 0, 8)), 8), []string{`tensor "a"`, "shape"}},
		"null extent":                {build(one(tensor("a", "F32", "[null]", 0, 4)), 4), []string{`tensor "a"`, "null"}},
		"shape against bytes":        {build(one(tensor("a", "F32", "[3]", 0, 8)), 8), []string{`tensor "a"`, "needs 12 bytes", "has 8"}},
		"product overflows to match": {build(one(tensor("a", "F32", "[4611686018427387905,4]", 0, 16)), 16), []string{`tensor "a"`, "addressed"}},
		"extent overflows int":       {build(one(tensor("a", "U8", "[9223372036854775808,0]", 0, 0)), 0), []string{`tensor "a"`, "addressed"}},
		"extent overflows uint64":    {build(one(tensor("a", "U8", "[18446744073709551616]", 0, 0)), 0), []string{`tensor "a"`, "shape"}},
		"one offset":                 {build(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}}`, 0), []string{`tensor "a"`, "pair"}},
		"three offsets":              {build(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}`, 0), []string{`tensor "a"`, "pair"}},
		"null offset":                {build(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[null,0]}}`, 0), []string{`tensor "a"`, "pair"}},
		"offsets turned round":       {build(one(tensor("a", "F32", "[2]", 8, 0)), 8), []string{`tensor "a"`, "[8, 0]"}},
		"offset beyond int64":        {build(one(tensor("a", "U8", "[1]", 1<<63, 1<<63+1)), 8), []string{`tensor "a"`, "no range"}},
		"data cut short":             {build(one(a, b), 13), []string{`tensor "b"`, "byte 14", "holds 13", "truncated?"}},
		"no data":                    {build(one(a, b), 0), []string{`tensor "a"`, "truncated?"}},
		"data too long":              {build(one(a, b), 15), []string{"1 bytes behind the last tensor"}},
		"data but no tensors":        {build("{}", 1), []string{"1 bytes behind the last tensor"}},
		"overlap":                    {build(one(a, tensor("b", "F32", "[2]", 4, 12)), 12), []string{`tensor "b"`, "byte 4", `inside tensor "a"`}},
		"same place":                 {build(one(a, tensor("b", "F32", "[2]", 0, 8)), 8), []string{`tensor "b"`, `inside tensor "a"`}},
		"hole":                       {build(one(a, tensor("b", "F32", "[2]", 12, 20)), 20), []string{`tensor "b"`, "4 bytes before it"}},
		"hole at the start":          {build(one(tensor("a", "F32", "[2]", 4, 12)), 12), []string{`tensor "a"`, "4 bytes before it"}},
		"empty tensor in another":    {build(one(a, tensor("b", "F32", "[0]", 4, 4)), 8), []string{`tensor "b"`, `inside tensor "a"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenBytes("m.safetensors", c.file)
			errtest.Says(t, err, append(c.want, "m.safetensors: ")...)
			path := filepath.Join(t.TempDir(), "bad.safetensors")
			if err := os.WriteFile(path, c.file, 0o666); err != nil {
				t.Fatal(err)
			}
			_, err = Open(path)
			errtest.Says(t, err, append(c.want, path+": ")...)
			_, err = OpenFS(memoryFS{c.file, true}, "m.safetensors")
			errtest.Says(t, err, c.want...)
		})
	}
}

func TestOddButGoodFiles(t *testing.T) {
	for name, file := range map[string][]byte{
		"blanks behind the header": build("{}\n \t\r", 0),
		"tensors out of order":     build("{"+tensor("b", "F16", "[3]", 8, 14)+","+tensor("a", "F32", "[2]", 0, 8)+"}", 14),
		"unknown field":            build(`{"a":{"dtype":"F32","x":{"y":[1,{}]},"shape":[0],"data_offsets":[0,0]}}`, 0),
		"empty tensors":            build("{"+tensor("a", "F32", "[0]", 0, 0)+","+tensor("b", "F32", "[2]", 0, 8)+","+tensor("c", "U8", "[3,0]", 8, 8)+"}", 8),
		"empty name":               build("{"+tensor("", "F32", "[]", 0, 4)+"}", 4),
		"eight-bit floats":         build("{"+tensor("a", "F8_E4M3", "[3]", 0, 3)+"}", 3),
	} {
		if _, err := OpenBytes(name, file); err != nil {
			t.Error(err)
		}
	}
}

// The official library is the oracle of what is accepted wherever both say so; here nothing may panic, and what opens can be read and written again.
func FuzzOpen(f *testing.F) {
	f.Add(build("{"+tensor("a", "F32", "[2]", 0, 8)+"}", 8))
	f.Add(build(`{"__metadata__":{"k":"v"},`+tensor("a", "BF16", "[1,2]", 0, 4)+"}  ", 4))
	for _, name := range []string{"mixed", "none"} {
		data, err := os.ReadFile(goldens + name + ".safetensors")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := OpenBytes("fuzz", data)
		if err != nil {
			return
		}
		total := int64(0)
		for _, name := range file.Names() {
			info, _ := file.Info(name)
			raw, err := file.Raw(name)
			if err != nil || int64(len(raw)) != info.Bytes() || info.Len()*info.DType.Size() != len(raw) {
				t.Fatalf("%v: %d bytes, %v", info, len(raw), err)
			}
			total += info.Bytes()
			if info.isFloat() {
				if x, err := file.Float32s(name, info.Shape...); err != nil || len(x) != info.Len() {
					t.Fatalf("%v: %d elements, %v", info, len(x), err)
				}
			}
		}
		if file.start+total != int64(len(data)) {
			t.Fatalf("tensors hold %d bytes of %d", total, int64(len(data))-file.start)
		}
	})
}
