package rowio

var writers = map[string]streamWriter{"tsv": newTSVWriter, "csv": newCSVWriter, "json": newJSONArrayWriter, "jsonl": newJSONLinesWriter}

// tableOf is one row to be written.
func tableOf(s Source, r Row) Table {
	t := Table{Source: s, Rows: Values([][]Cell{r.Cells})}
	for i, c := range r.Cells {
		name := ""
		if r.Names != nil {
			name = r.Names[i]
		}
		t.Columns = append(t.Columns, Column{Name: name, Kind: c.Kind})
	}
	return t
}
