package steps

import "testing"

func TestByteSize(t *testing.T) {
	for s, want := range map[string]int64{"1": 1, "1000": 1000, "8GiB": 8 << 30, "8 gib": 8 << 30, "500MB": 500e6, "1.5k": 1536, "2T": 2 << 40, "7b": 7} {
		var n int64
		b := byteSize{&n, "max_bytes"}
		if err := b.Set(s); err != nil || n != want {
			t.Errorf("%q: %d, %v, want %d", s, n, err, want)
		}
	}
	for _, s := range []string{"", "0", "-1", "GiB", "1e30", "nan", "inf", "8 apples"} {
		var n int64
		b := byteSize{&n, "max_bytes"}
		if err := b.Set(s); err == nil {
			t.Errorf("%q: %d, want an error", s, n)
		}
	}
}
