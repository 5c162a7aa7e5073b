package rowio

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// rowGroupBytes is when a row group ends.
const rowGroupBytes = 64 << 20

func writeParquetFile(st *stage, t Table) error {
	return st.create(filepath.Join(t.dir, t.base()), func(w io.Writer) error { return writeParquet(w, t) })
}

func writeParquet(w io.Writer, t Table) (err error) {
	metadata, err := featuresMetadata(t.Columns)
	if err != nil {
		return err
	}
	group := orderedGroup{Group: parquet.Group{}}
	for _, c := range t.Columns {
		node := map[Kind]parquet.Node{Untyped: parquet.String(), String: parquet.String(), Number: parquet.Int(64), Boolean: parquet.Leaf(parquet.BooleanType)}[c.Kind]
		if node == nil {
			return fmt.Errorf("column %q: no type is known for %s", c.Name, c.Kind)
		}
		if group.Group[c.Name] != nil {
			return fmt.Errorf("column %q is there twice", c.Name)
		}
		group.Group[c.Name] = parquet.Optional(node)
		group.order = append(group.order, c.Name)
	}
	options := []parquet.WriterOption{parquet.NewSchema("schema", group), parquet.Compression(&parquet.Snappy), parquet.KeyValueMetadata(featuresKey, metadata),
		parquet.DataPageStatistics(false), parquet.PageBufferSize(1 << 20)}
	for _, c := range t.Columns {
		options = append(options, parquet.SkipPageBounds(c.Name)) // a text's bounds are whole texts, uncompressed
	}
	pw := parquet.NewWriter(w, options...)
	defer func() { err = errors.Join(err, pw.Close()) }()
	values := make([]parquet.Value, len(t.Columns))
	held := 0 // bytes of the row group, which the writer keeps in memory
	return t.Rows(func(cells []Cell) error {
		for i, c := range cells {
			if values[i], err = parquetValue(c, t.Columns[i]); err != nil {
				return err
			}
			values[i] = values[i].Level(0, 1, i)
			held += len(c.Text) + 8
		}
		if _, err := pw.WriteRows([]parquet.Row{values}); err != nil || held < rowGroupBytes {
			return err
		}
		held = 0
		return pw.Flush()
	})
}

func parquetValue(c Cell, col Column) (parquet.Value, error) {
	switch col.Kind {
	case Number:
		v, err := c.integer(col)
		return parquet.Int64Value(v), err
	case Boolean:
		v, err := strconv.ParseBool(c.Text)
		if err != nil {
			err = fmt.Errorf("column %q: %s is not a boolean", col.Name, Quote(c.Text))
		}
		return parquet.BooleanValue(v), err
	}
	return parquet.ByteArrayValue([]byte(c.Text)), nil
}

// An orderedGroup keeps the columns' order, where parquet.Group sorts them by name.
type orderedGroup struct {
	parquet.Group
	order []string
}

func (g orderedGroup) Fields() []parquet.Field {
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(g.order, a.Name()) - slices.Index(g.order, b.Name())
	})
	return fields
}
