// Package table is a result in rows and columns, written for a terminal ([Table.Text]) or as Markdown ([Table.Markdown]); package report writes
// the same tables into its page. Cells are text: whoever fills a table decides on digits and units.
package table
