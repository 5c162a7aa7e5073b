package simd

import (
	"errors"
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	all := Sets()
	if all[len(all)-1].Name != "go" {
		t.Errorf("the last set is %q, want go", all[len(all)-1].Name)
	}
	for _, name := range []string{"", "auto"} {
		if s, err := Lookup(name); err != nil || s != all[0] {
			t.Errorf("Lookup(%q) = %v, %v", name, s, err)
		}
	}
	for _, s := range all {
		if got, err := Lookup(s.Name); err != nil || got != s {
			t.Errorf("Lookup(%q) = %v, %v", s.Name, got, err)
		}
	}
	_, err := Lookup("sse9")
	if err == nil || !strings.Contains(err.Error(), `"sse9"`) || !strings.Contains(err.Error(), "go") {
		t.Errorf("Lookup(sse9): %v", err)
	}
}

func TestPackedLen(t *testing.T) {
	for _, s := range Sets() {
		w := s.PanelWidth()
		for _, c := range [][3]int{{0, 5, 0}, {5, 0, 0}, {3, 1, 3 * w}, {3, w, 3 * w}, {3, w + 1, 6 * w}} {
			if got := s.PackedLen(c[0], c[1]); got != c[2] {
				t.Errorf("%s: PackedLen(%d, %d) = %d, want %d", s.Name, c[0], c[1], got, c[2])
			}
		}
	}
}

// TestShapeErrors: a slice too short for its shape is a typed panic that names the method, not a stray write.
func TestShapeErrors(t *testing.T) {
	s := Sets()[0]
	x := make([]float32, 6)
	big := make([]float32, 4096)
	for name, call := range map[string]func(){
		"GELU":                   func() { s.GELU(x, x[:5]) },
		"GELUGrad":               func() { s.GELUGrad(x, x, x[:5]) },
		"Softmax":                func() { s.Softmax(x[:5], x, 1) },
		"LayerNorm":              func() { s.LayerNorm(x, x, x[:1], x, 0) },
		"Dot":                    func() { s.Dot(x, x[:5]) },
		"PackT W":                func() { s.PackT(big, x, 3, 3, 3) },
		"PackN B":                func() { s.PackN(big, x, 3, 3, 3) },
		"PackN dst":              func() { s.PackN(x[:1], x, 2, 3, 3) },
		"Transpose":              func() { s.Transpose(x, 2, x, 2, 2, 4) },
		"Gemm A":                 func() { s.Gemm(2, 2, 4, x, 4, big, big, 2, Epilogue{}) },
		"Gemm B":                 func() { s.Gemm(2, 2, 2, x, 2, x[:1], big, 2, Epilogue{}) },
		"Gemm C":                 func() { s.Gemm(2, 4, 2, x, 2, big, x, 4, Epilogue{}) },
		"Gemm lda":               func() { s.Gemm(2, 2, 3, x, 2, big, big, 2, Epilogue{}) },
		"Gemm bias":              func() { s.Gemm(2, 2, 2, x, 2, big, big, 2, Epilogue{Bias: x[:1]}) },
		"Gemm Res":               func() { s.Gemm(2, 2, 2, x, 2, big, big, 2, Epilogue{Res: x[:3], LdRes: 2}) },
		"Int8Quantise":           func() { s.Int8Quantise(make([]uint8, 5), x) },
		"NewInt8Weights K":       func() { NewInt8Weights(1, Int8MaxK+1) },
		"Int8Weights.Pack W":     func() { NewInt8Weights(3, 3).Pack(x, 0, 3, 3) },
		"Int8Weights.Pack first": func() { NewInt8Weights(3, 3).Pack(x, 1, 1, 3) },
		"Int8Gemm A": func() {
			s.Int8Gemm(2, 1, make([]uint8, 7), make([]Int8Row, 2), NewInt8Weights(1, 4), 0, x, 1, Epilogue{}, new(Room))
		},
		"Int8Gemm rows": func() {
			s.Int8Gemm(2, 1, make([]uint8, 8), make([]Int8Row, 1), NewInt8Weights(1, 4), 0, x, 1, Epilogue{}, new(Room))
		},
		"Int8Gemm columns": func() {
			s.Int8Gemm(1, 2, make([]uint8, 8), make([]Int8Row, 1), NewInt8Weights(1, 4), 0, x, 2, Epilogue{}, new(Room))
		},
		"Int8Gemm C": func() {
			s.Int8Gemm(4, 2, make([]uint8, 16), make([]Int8Row, 4), NewInt8Weights(2, 4), 0, x, 2, Epilogue{}, new(Room))
		},
		"Int8Gemm bias": func() {
			s.Int8Gemm(1, 2, make([]uint8, 16), make([]Int8Row, 4), NewInt8Weights(2, 4), 0, x, 2, Epilogue{Bias: x[:1]}, new(Room))
		},
		"Int8Gemm Res": func() {
			s.Int8Gemm(2, 2, make([]uint8, 16), make([]Int8Row, 4), NewInt8Weights(2, 4), 0, x, 2, Epilogue{Res: x[:1], LdRes: 2}, new(Room))
		},
		"Int8Gemm Accumulate": func() {
			s.Int8Gemm(2, 2, make([]uint8, 16), make([]Int8Row, 4), NewInt8Weights(2, 4), 0, x, 2, Epilogue{Accumulate: true}, new(Room))
		},
		"Gemm shape": func() { s.Gemm(-1, 2, 2, x, 2, big, big, 2, Epilogue{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				err, ok := recover().(error)
				var shape *ShapeError
				if !ok || !errors.As(err, &shape) || shape.Op != strings.Fields(name)[0] {
					t.Errorf("panic value %v", err)
				}
			}()
			call()
		})
	}
}
