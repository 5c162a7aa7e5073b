package rowio

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// batchRows is how many rows make a batch, as in Python's datasets; fewer where they are large.
const batchRows = 1000

// writeSaved writes a split as Dataset.save_to_disk does.
func writeSaved(st *stage, t Table) error {
	const shard = "data-00000-of-00001.arrow"
	dir := filepath.Join(t.dir, t.base())
	if err := st.create(filepath.Join(dir, shard), func(w io.Writer) error { return writeArrow(w, t) }); err != nil {
		return err
	}
	if err := st.json(filepath.Join(dir, infoFile), map[string]any{"citation": "", "description": "", "features": features(t.Columns), "homepage": "", "license": ""}); err != nil {
		return err
	}
	return st.json(filepath.Join(dir, stateFile), map[string]any{
		"_data_files": []any{map[string]any{"filename": shard}}, "_fingerprint": "0000000000000000", "_format_columns": nil, "_format_kwargs": map[string]any{},
		"_format_type": nil, "_output_all_columns": false, "_split": t.name,
	})
}

// finishSaved writes what makes a DatasetDict of several splits.
func finishSaved(st *stage, tables []Table) error {
	if tables[0].single {
		return nil
	}
	names := []string{}
	for _, t := range tables {
		names = append(names, t.name)
	}
	return st.json(filepath.Join(tables[0].dir, dictFile), map[string]any{"splits": names})
}

func writeArrow(w io.Writer, t Table) (err error) {
	metadata, err := featuresMetadata(t.Columns)
	if err != nil {
		return err
	}
	fields := make([]arrow.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = arrow.Field{Name: c.Name, Type: arrowTypes[c.Kind], Nullable: true}
		if fields[i].Type == nil {
			return fmt.Errorf("column %q: no type is known for %s", c.Name, c.Kind)
		}
	}
	kv := arrow.NewMetadata([]string{featuresKey}, []string{metadata})
	schema := arrow.NewSchema(fields, &kv)
	mem := memory.NewGoAllocator()
	iw := ipc.NewWriter(w, ipc.WithSchema(schema), ipc.WithAllocator(mem))
	defer func() { err = errors.Join(err, iw.Close()) }()
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	n, held := 0, 0
	flush := func() error {
		batch := b.NewRecordBatch()
		defer batch.Release()
		n, held = 0, 0
		return iw.Write(batch)
	}
	err = t.Rows(func(cells []Cell) error {
		for i, c := range cells {
			if err := appendArrow(b.Field(i), c, t.Columns[i]); err != nil {
				return err
			}
			held += len(c.Text)
		}
		if n++; n < batchRows && held < rowGroupBytes {
			return nil
		}
		return flush()
	})
	if err == nil && n > 0 {
		err = flush()
	}
	return err
}

var arrowTypes = map[Kind]arrow.DataType{Untyped: arrow.BinaryTypes.String, String: arrow.BinaryTypes.String, Number: arrow.PrimitiveTypes.Int64, Boolean: arrow.FixedWidthTypes.Boolean}

func appendArrow(b array.Builder, c Cell, col Column) error {
	switch b := b.(type) {
	case *array.Int64Builder:
		v, err := c.integer(col)
		if err != nil {
			return err
		}
		b.Append(v)
	case *array.BooleanBuilder:
		v, err := strconv.ParseBool(c.Text)
		if err != nil {
			return fmt.Errorf("column %q: %s is not a boolean", col.Name, Quote(c.Text))
		}
		b.Append(v)
	case *array.StringBuilder:
		b.Append(c.Text)
	}
	return nil
}

// integer reads a cell of a column of integers.
func (c Cell) integer(col Column) (int64, error) {
	v, err := strconv.ParseInt(c.Text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("column %q: %s is not an integer", col.Name, Quote(c.Text))
	}
	return v, nil
}
