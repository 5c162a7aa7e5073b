package rowio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

// readParquet reads one Parquet file, a column's page at a time.
func readParquet(path string, b *budget, yield func(Row) error) error {
	return opened(path, func(f *os.File, size int64) error { return parquetFile(f, size, b, yield) })
}

func parquetFile(r io.ReaderAt, size int64, b *budget, yield func(Row) error) (err error) {
	row := Row{}
	defer func() { err = damaged(err, row.Number, true) }()
	f, err := openParquet(r, size)
	if err != nil {
		return err
	}
	roots := f.Root().Columns()
	row.Names, row.Cells = make([]string, len(roots)), make([]Cell, len(roots))
	for i, c := range roots {
		row.Names[i] = c.Name()
	}
	if err := checkNames(row.Names); err != nil {
		return err
	}
	if metadata, ok := f.Lookup(featuresKey); ok {
		row.Classes = parseFeatures(metadata)
	}
	for i, group := range f.RowGroups() {
		if err := checkRowGroup(f, r, size, i, b); err != nil {
			return err
		}
		columns, err := parquetColumns(roots, group)
		if err != nil {
			return err
		}
		err = parquetRows(columns, group.NumRows(), &row, b, yield)
		for _, c := range columns {
			c.close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openParquet checks a file's head, foot and metadata before the library trusts them.
func openParquet(r io.ReaderAt, size int64) (f *parquet.File, err error) {
	defer recovered(&err)
	var head, foot [8]byte
	switch _, err := r.ReadAt(head[:4], 0); {
	case size == 0:
		return nil, &FileError{Problem: "is empty", Remedy: "fetch it again"}
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case string(head[:4]) == "PARE":
		return nil, &FileError{Problem: "is an encrypted Parquet file", Remedy: "save it without encryption"}
	case string(head[:4]) != "PAR1":
		return nil, &FileError{Problem: "is not a Parquet file", Remedy: "fetch it again, or name it after what it is"}
	case size < 12:
		return nil, io.ErrUnexpectedEOF
	}
	if _, err := r.ReadAt(foot[:], size-8); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(foot[:4]))
	if string(foot[4:]) != "PAR1" || n > size-12 {
		return nil, fmt.Errorf("no footer at its end: %w", io.ErrUnexpectedEOF)
	}
	if err := checkFooter(io.NewSectionReader(r, size-8-n, n)); err != nil {
		return nil, err
	}
	return parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.FileReadMode(parquet.ReadModeSync))
}

// parquetRows hands the rows of a row group on, through the one row that it fills.
func parquetRows(columns []*parquetColumn, n int64, row *Row, b *budget, yield func(Row) error) error {
	for range n {
		row.Number++
		for i, c := range columns {
			cell, err := c.next()
			if err != nil {
				row.Number-- // the last whole row
				return fmt.Errorf("column %q: %w", row.Names[i], err)
			}
			row.Cells[i] = cell
		}
		if err := row.spend(b); err != nil {
			return err
		}
		if err := yield(*row); err != nil {
			return err
		}
	}
	return nil
}
