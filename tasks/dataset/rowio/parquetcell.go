package rowio

import (
	"errors"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"
	pq "github.com/parquet-go/parquet-go/format"
)

// A parquetColumn reads one column of a row group value by value. Of a column that is neither text nor a label no page is read.
type parquetColumn struct {
	other  Cell
	cell   func(parquet.Value) Cell
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buf    [256]parquet.Value
	i, n   int
}

func parquetColumns(roots []*parquet.Column, group parquet.RowGroup) (columns []*parquetColumn, err error) {
	defer recovered(&err)
	chunks := group.ColumnChunks()
	for _, root := range roots {
		c := &parquetColumn{}
		if cell, what := parquetType(root); cell == nil {
			c.other = Cell{what, Other}
		} else {
			c.cell = cell
			c.pages = chunks[root.Index()].Pages()
		}
		columns = append(columns, c)
	}
	return columns, nil
}

func (c *parquetColumn) next() (cell Cell, err error) {
	if c.cell == nil {
		return c.other, nil
	}
	defer recovered(&err)
	for c.i == c.n {
		if err := c.fill(); err != nil {
			return cell, err
		}
	}
	v := c.buf[c.i]
	c.i++
	if v.IsNull() {
		return Cell{Kind: Null}, nil
	}
	return c.cell(v), nil
}

// fill reads the next values, of the next page where one has ended.
func (c *parquetColumn) fill() (err error) {
	if c.values == nil {
		if c.page, err = c.pages.ReadPage(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // rows are left
			}
			return err
		}
		c.values = c.page.Values()
	}
	c.i = 0
	c.n, err = c.values.ReadValues(c.buf[:])
	if errors.Is(err, io.EOF) {
		err = nil
		if c.n == 0 {
			parquet.Release(c.page)
			c.page, c.values = nil, nil
		}
	}
	return err
}

func (c *parquetColumn) close() {
	if c.pages == nil {
		return
	}
	parquet.Release(c.page)
	_ = c.pages.Close() // read only
}

// parquetType says how to read a top-level column; nil and its type's name if it is neither text nor a label.
func parquetType(c *parquet.Column) (cell func(parquet.Value) Cell, what string) {
	switch {
	case c.Repeated():
		return nil, "list"
	case !c.Leaf():
		return nil, "list or struct"
	}
	unsigned := false
	if lt := c.Type().LogicalType(); lt != nil {
		switch v := lt.Value.(type) {
		case *pq.IntType:
			unsigned = !v.IsSigned
		case *pq.StringType, *pq.EnumType, *pq.JsonType, nil:
		default:
			return nil, lt.String()
		}
	}
	switch c.Type().Kind() {
	case parquet.Boolean:
		return func(v parquet.Value) Cell { return Cell{strconv.FormatBool(v.Boolean()), Boolean} }, ""
	case parquet.Int32:
		if unsigned {
			return func(v parquet.Value) Cell { return Cell{strconv.FormatUint(uint64(v.Uint32()), 10), Number} }, ""
		}
		return func(v parquet.Value) Cell { return Cell{strconv.FormatInt(int64(v.Int32()), 10), Number} }, ""
	case parquet.Int64:
		if unsigned {
			return func(v parquet.Value) Cell { return Cell{strconv.FormatUint(v.Uint64(), 10), Number} }, ""
		}
		return func(v parquet.Value) Cell { return Cell{strconv.FormatInt(v.Int64(), 10), Number} }, ""
	case parquet.Float:
		return func(v parquet.Value) Cell { return floatCell(float64(v.Float()), 32) }, ""
	case parquet.Double:
		return func(v parquet.Value) Cell { return floatCell(v.Double(), 64) }, ""
	case parquet.ByteArray: // old writers do not say that their bytes are text
		return func(v parquet.Value) Cell { return Cell{string(v.ByteArray()), String} }, ""
	}
	return nil, c.Type().String()
}
