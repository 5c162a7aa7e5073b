package steps

import (
	"math"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
)

// byteSize is a flag value: a number of bytes, plain or with a unit.
type byteSize struct {
	to   *int64
	flag string
}

var byteUnits = []struct {
	name string
	size float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40}, {"B", 1}}

func (b *byteSize) String() string {
	if b.to == nil || *b.to == 0 {
		return ""
	}
	return strconv.FormatInt(*b.to, 10)
}

func (b *byteSize) Type() string { return "bytes" }

func (b *byteSize) Set(s string) error {
	digits, unit := strings.TrimSpace(s), 1.0
	for _, u := range byteUnits {
		if n := len(digits) - len(u.name); n > 0 && strings.EqualFold(digits[n:], u.name) {
			digits, unit = strings.TrimSpace(digits[:n]), u.size
			break
		}
	}
	v, err := strconv.ParseFloat(digits, 64)
	if n := v * unit; err != nil || !(n >= 1 && n < math.MaxInt64) {
		return cli.Usagef("--%s %s: it takes a number of bytes, such as 500MB or 16GiB", b.flag, s)
	}
	*b.to = int64(v * unit)
	return nil
}
