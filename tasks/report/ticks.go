package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// ticks places some six labels at round numbers.
type ticks struct{ whole bool } // whole: whole numbers only

func (t ticks) Ticks(lo, hi float64) []plot.Tick {
	if !(hi > lo) {
		return []plot.Tick{{Value: lo, Label: number(lo, 3)}}
	}
	raw := (hi - lo) / 6
	base := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * base
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*base >= raw {
			step = m * base
			break
		}
	}
	if t.whole {
		step = math.Max(1, math.Ceil(step))
	}
	digits := 0
	for digits < 9 && math.Abs(step*math.Pow(10, float64(digits))-math.Round(step*math.Pow(10, float64(digits)))) > 1e-6 {
		digits++
	}
	var out []plot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+step*1e-9; k++ {
		out = append(out, plot.Tick{Value: k * step, Label: number(k*step, digits)})
	}
	return out
}

// powers labels an axis of common logarithms with the powers of ten that they stand for.
type powers struct{}

func (powers) Ticks(lo, hi float64) []plot.Tick {
	var out []plot.Tick
	for e := math.Ceil(lo - 1e-9); e <= hi+1e-9; e++ {
		out = append(out, plot.Tick{Value: e, Label: number(math.Pow(10, e), 0)})
	}
	return out
}

// number prints v with the given decimals, a true minus sign and commas between thousands.
func number(v float64, decimals int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, frac, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		whole += "." + frac
	}
	if v < 0 && strings.Trim(s, "0.") != "" {
		return "−" + whole
	}
	return whole
}

// brief prints v with three significant digits.
func brief(v float64) string {
	if v == 0 {
		return "0"
	}
	return number(v, min(9, max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))))
}

// activation prints an activation with three decimals.
func activation(v float64) string { return number(v, 3) }

// percent prints a fraction as per cent with one decimal.
func percent(v float64) string { return number(100*v, 1) + " %" }

// share prints a fraction as per cent with the decimals that it needs, two at most.
func share(v float64) string {
	s := strconv.FormatFloat(100*v, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + " %"
}

// neuron names one.
func neuron(layer, index int) string { return fmt.Sprintf("layer %d, unit %d", layer, index) }
