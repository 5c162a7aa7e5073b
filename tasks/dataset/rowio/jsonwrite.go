package rowio

import "io"

// A jsonWriter writes objects, each behind before and all of them before after.
type jsonWriter struct {
	io.Writer
	columns       []Column
	first, before string // what stands before the first object, and before any other
	after, end    string // what stands behind each object, and behind all
	n             int
}

func newJSONLinesWriter(w io.Writer, t Table) (rowWriter, error) {
	return &jsonWriter{Writer: w, columns: t.Columns, after: "\n"}, nil
}

func newJSONArrayWriter(w io.Writer, t Table) (rowWriter, error) {
	return &jsonWriter{Writer: w, columns: t.Columns, first: "[\n", before: ",\n", end: "\n]\n"}, nil
}

func (w *jsonWriter) Write(cells []Cell) error {
	b := []byte(w.before)
	if w.n == 0 {
		b = []byte(w.first)
	}
	w.n++
	_, err := w.Writer.Write(append(w.object(b, cells), w.after...))
	return err
}

func (w *jsonWriter) Flush() error {
	end := w.end
	if w.n == 0 {
		end = w.first + end
	}
	_, err := io.WriteString(w.Writer, end)
	return err
}

func (w *jsonWriter) object(b []byte, cells []Cell) []byte {
	b = append(b, '{')
	for i, c := range cells {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendJSONString(b, w.columns[i].Name)
		b = append(b, ": "...)
		switch c.Kind {
		case Number, Boolean:
			b = append(b, c.Text...)
		default:
			b = appendJSONString(b, c.Text)
		}
	}
	return append(b, '}')
}
