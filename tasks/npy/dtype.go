package npy

import "math"

// Element are the types of elements, in Go and as NumPy writes them: <f4, <f8, |b1, |u1, <i4, <i8.
type Element interface {
	float32 | float64 | bool | uint8 | int32 | int64
}

// descrOf is NumPy's name of T.
func descrOf[T Element]() string {
	var zero T
	switch any(zero).(type) {
	case float32:
		return "<f4"
	case float64:
		return "<f8"
	case bool:
		return "|b1"
	case uint8:
		return "|u1"
	case int32:
		return "<i4"
	}
	return "<i8"
}

// kinds are the element types that are read, without their byte order, and their bytes.
var kinds = map[string]int{"f2": 2, "f4": 4, "f8": 8, "b1": 1, "u1": 1, "i4": 4, "i8": 8}

// reads tells whether a file of kind can be read as want: itself, or without loss of range, or between the floats, rounding to nearest.
func reads(kind, want string) bool {
	switch want {
	case "f4", "f8":
		return kind == "f2" || kind == "f4" || kind == "f8"
	case "i8":
		return kind == "i8" || kind == "i4" || kind == "u1"
	case "i4":
		return kind == "i4" || kind == "u1"
	}
	return kind == want
}

// narrow rounds to float32; ok is false where a finite number would become infinite.
func narrow(x float64) (f float32, ok bool) {
	f = float32(x)
	return f, !math.IsInf(float64(f), 0) || math.IsInf(x, 0)
}
