package table_test

import (
	"os"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/tasks/report/table"
)

func Example() {
	t := table.Table{Caption: "Pruning", Columns: []string{"kept", "baseline", "accuracy"}, Notes: []string{"1,821 sentences"}}
	t.Add("2 %", "prompt", 0.7)
	t.Add("100 %", "–", "0.81 ± 0.02")
	_ = t.Text(os.Stdout)
	// Output:
	// Pruning
	//  kept  baseline     accuracy
	// ─────  ────────  ───────────
	//   2 %  prompt            0.7
	// 100 %  –         0.81 ± 0.02
	// 1,821 sentences
}

func TestTextWidths(t *testing.T) {
	// 漢字 takes four columns, é (two runes) one, and a tab or newline must not break the line.
	tab := table.Table{Columns: []string{"a", "b"}, Rows: [][]string{{"漢字", "x"}, {"e\u0301", "y\tz\n"}, {"long", "1"}}}
	var b strings.Builder
	if err := tab.Text(&b); err != nil {
		t.Fatal(err)
	}
	want := "a     b\n────  ────\n漢字  x\ne\u0301     y z\nlong  1\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
}

func TestNumeric(t *testing.T) {
	tab := table.Table{Columns: []string{"n", "signed", "interval", "text", "none"}, Rows: [][]string{
		{"1", "+0.3", "[0.1, 0.2]", "1 of 2", "–"},
		{"", "−4 %", "≈ 3", "two", ""},
	}}
	want := []bool{true, true, true, false, false}
	for c, got := range tab.Numeric() {
		if got != want[c] {
			t.Errorf("column %s: numeric %v", tab.Columns[c], got)
		}
	}
}

func TestMarkdown(t *testing.T) {
	tab := table.Table{Caption: "a*b", Columns: []string{"text", "n"}, Rows: [][]string{{"x|y <b>", "1"}}, Notes: []string{"see [1]"}}
	var b strings.Builder
	if err := tab.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	want := "**a\\*b**\n\n| text | n |\n| --- | ---: |\n| x\\|y &lt;b&gt; | 1 |\n\nsee \\[1\\]\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestRaggedRows(t *testing.T) {
	tab := table.Table{Caption: "c", Columns: []string{"a", "b"}, Rows: [][]string{{"1", "2"}, {"3"}}}
	for name, write := range map[string]func(*strings.Builder) error{
		"text":     func(b *strings.Builder) error { return tab.Text(b) },
		"markdown": func(b *strings.Builder) error { return tab.Markdown(b) },
	} {
		var b strings.Builder
		err := write(&b)
		if err == nil || !strings.Contains(err.Error(), "row 2 has 1 cell for 2 columns") || b.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes written", name, err, b.Len())
		}
	}
}
