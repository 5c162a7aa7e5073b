package demo

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks/report/table"
	"github.com/skillneuron/skillneuron/tasks/stats"
)

// A reader's terminal that went away is no reason to stop: errors of writing to Out are dropped.

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.Out, format+"\n", args...) }

// heading begins a part.
func (d *demo) heading(title, text string) {
	d.headings++
	title = fmt.Sprintf("%d  %s", d.headings, title)
	d.say("\n%s\n%s", title, strings.Repeat("─", len([]rune(title))))
	if text != "" {
		d.text(text)
	}
}

// text says a paragraph in lines of at most 100 letters.
func (d *demo) text(s string) {
	const width = 100
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			d.say("%s", line)
			line = word
		default:
			line += " " + word
		}
	}
	d.say("%s", line)
}

func (d *demo) table(t table.Table) {
	d.say("")
	_ = t.Text(d.Out)
}

// percent prints a fraction with one decimal.
func percent(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

// limits prints an interval's limits in percent.
func limits(i stats.Interval) string { return fmt.Sprintf("%.1f to %.1f", 100*i.Low, 100*i.High) }

// points prints a difference in percentage points, with its sign.
func points(v float64) string {
	s := fmt.Sprintf("%+.1f", 100*v)
	if s == "-0.0" {
		s = "+0.0"
	}
	return strings.Replace(s, "-", "−", 1)
}

// change prints a difference with its interval.
func change(i stats.Interval) string {
	return tied(fmt.Sprintf("%s [%s, %s]", points(i.Value), points(i.Low), points(i.High)))
}

// tied keeps a line from breaking within s.
func tied(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

// millions prints a number of parameters.
func millions(n int) string {
	if n < 100_000 {
		return amount.Commas(n)
	}
	return fmt.Sprintf("%.1f M", float64(n)/1e6)
}

// seconds prints a duration.
func seconds(s float64) string {
	if s < 9.95 {
		return fmt.Sprintf("%.1f s", s)
	}
	n := int(math.Round(s))
	if n < 60 {
		return fmt.Sprintf("%d s", n)
	}
	return fmt.Sprintf("%d min %02d s", n/60, n%60)
}

// pvalue prints a p-value.
func pvalue(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

// show is the verb of n shares.
func show(n int) string {
	if n == 1 {
		return "shows"
	}
	return "show"
}
