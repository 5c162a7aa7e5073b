package table

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// Table is one result. Every row has one cell a column; "" leaves a cell empty.
type Table struct {
	Caption string     `json:"caption,omitempty"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Notes   []string   `json:"notes,omitempty"` // lines below the table
}

// Add appends a row of values, printed as fmt.Sprint prints them.
func (t *Table) Add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprint(c)
	}
	t.Rows = append(t.Rows, row)
}

// Check returns an error that names the first row whose number of cells is not the number of columns.
func (t Table) Check() error {
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("table %q: row %d has %s for %s", t.Caption, i+1, amount.Of(len(row), "cell"), amount.Of(len(t.Columns), "column"))
		}
	}
	return nil
}

// Numeric says for each column whether it holds numbers (with signs, units, intervals), which stand to the right.
func (t Table) Numeric() []bool {
	out := make([]bool, len(t.Columns))
	for c := range out {
		filled := false
		number := true
		for _, row := range t.Rows {
			if c < len(row) && !empty(row[c]) {
				filled = true
				number = number && startsNumber(row[c])
			}
		}
		out[c] = filled && number
	}
	return out
}

// empty reports whether a cell says nothing: blank or a dash.
func empty(s string) bool {
	switch strings.TrimSpace(s) {
	case "", "-", "–", "—", "n/a":
		return true
	}
	return false
}

// startsNumber reports whether a cell begins like a number, after a sign, a bracket or a relation.
func startsNumber(s string) bool {
	s = strings.TrimLeft(s, "+-−±≈~<>≤≥([ ")
	for _, r := range s {
		return unicode.IsDigit(r)
	}
	return false
}
