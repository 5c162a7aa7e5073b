package cli

import (
	"encoding/json"
	"fmt"

	"github.com/skillneuron/skillneuron/tasks/report/table"
)

// Result writes a step's result to stdout: v as JSON under --json, else the tables with an empty line between them.
func (f *Flags) Result(o *Options, v any, tables ...table.Table) error {
	if o.JSON {
		e := json.NewEncoder(f.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("writing the result as JSON: %w", err)
		}
		return nil
	}
	for i, t := range tables {
		if i > 0 {
			if _, err := fmt.Fprintln(f.stdout); err != nil {
				return fmt.Errorf("writing the result: %w", err)
			}
		}
		if err := t.Text(f.stdout); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}
