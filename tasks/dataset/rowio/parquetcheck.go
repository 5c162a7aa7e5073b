package rowio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	pq "github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// The library allocates what a file's metadata say. These checks come first: they make the metadata agree with the file's size and with each other.

const (
	maxFooter     = 64 << 20
	maxDepth      = 64
	maxPageValues = 1 << 25
)

// checkFooter bounds the schema, which the library walks recursively.
func checkFooter(r *io.SectionReader) error {
	if r.Size() > maxFooter {
		return fmt.Errorf("a footer of %d bytes", r.Size())
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var m pq.FileMetaData
	p := thrift.CompactProtocol{}
	if err := thrift.NewDecoder(p.NewReaderFromBytes(b)).Decode(&m); err != nil {
		return fmt.Errorf("bad footer: %w", err)
	}
	var left []int32 // children still to come, by depth
	leaves := 0
	for i, s := range m.Schema {
		children := s.NumChildren.V
		if children < 0 || len(left) == 0 && i > 0 || len(left) > maxDepth {
			return errors.New("bad schema")
		}
		if len(left) > 0 {
			left[len(left)-1]--
		}
		if children > 0 {
			left = append(left, children)
		} else if i > 0 {
			leaves++
		}
		for len(left) > 0 && left[len(left)-1] == 0 {
			left = left[:len(left)-1]
		}
	}
	if len(left) > 0 || leaves == 0 {
		return errors.New("bad schema")
	}
	for _, g := range m.RowGroups {
		if len(g.Columns) != leaves || g.NumRows < 0 {
			return errors.New("bad row group")
		}
	}
	return nil
}

// checkRowGroup walks the pages of the columns that will be read.
func checkRowGroup(f *parquet.File, r io.ReaderAt, size int64, i int, b *budget) (err error) {
	defer recovered(&err)
	group := f.Metadata().RowGroups[i]
	for _, root := range f.Root().Columns() {
		if cell, _ := parquetType(root); cell == nil {
			continue
		}
		m := group.Columns[root.Index()].MetaData
		start := m.DataPageOffset
		if m.DictionaryPageOffset != 0 {
			start = min(start, m.DictionaryPageOffset)
		}
		if start < 4 || m.TotalCompressedSize < 0 || start > size-m.TotalCompressedSize {
			return fmt.Errorf("column %q lies outside the file: %w", root.Name(), io.ErrUnexpectedEOF)
		}
		if m.NumValues != group.NumRows {
			return fmt.Errorf("column %q has %d values for %d rows", root.Name(), m.NumValues, group.NumRows)
		}
		if err := checkPages(io.NewSectionReader(r, start, m.TotalCompressedSize), m, size, b); err != nil {
			return fmt.Errorf("column %q: %w", root.Name(), err)
		}
	}
	return nil
}

func checkPages(r *io.SectionReader, m pq.ColumnMetaData, size int64, b *budget) error {
	br := bufio.NewReaderSize(r, int(min(1<<16, m.TotalCompressedSize)))
	p := thrift.CompactProtocol{}
	dec := thrift.NewDecoder(p.NewReader(br))
	for values := int64(0); values < m.NumValues; {
		var h pq.PageHeader
		if err := dec.Decode(&h); err != nil {
			return noEOF(err)
		}
		n := int64(h.UncompressedPageSize)
		switch {
		case h.CompressedPageSize < 0 || int64(h.CompressedPageSize) > r.Size() || n < 0 || n > 64<<20+1024*size:
			return fmt.Errorf("a page claims %d bytes, unpacked %d: %w", h.CompressedPageSize, n, io.ErrUnexpectedEOF)
		case n > b.left:
			return b.tooLarge()
		}
		var count int64
		levels, codec := 0, m.Codec
		switch {
		case h.Type == pq.DataPage && h.DataPageHeader.Valid:
			count = int64(h.DataPageHeader.V.NumValues)
			values += count
		case h.Type == pq.DataPageV2 && h.DataPageHeaderV2.Valid:
			v2 := h.DataPageHeaderV2.V
			count = int64(v2.NumValues)
			values += count
			levels = int(v2.RepetitionLevelsByteLength) + int(v2.DefinitionLevelsByteLength)
			if v2.IsCompressed.Valid && !v2.IsCompressed.V {
				codec = pq.Uncompressed
			}
		case h.Type == pq.DictionaryPage && h.DictionaryPageHeader.Valid:
			count = int64(h.DictionaryPageHeader.V.NumValues)
		}
		if count < 0 || count > maxPageValues || count > m.NumValues && h.Type != pq.DictionaryPage || levels < 0 || levels > int(h.CompressedPageSize) {
			return fmt.Errorf("a page claims %d values", count)
		}
		if err := checkPage(br, codec, int(h.CompressedPageSize), levels, n); err != nil {
			return err
		}
	}
	return nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// checkPage reads over a page's bytes. Those of a codec that does not say how much it unpacks to are unpacked to nowhere, because the library would
// unpack them into memory without end.
func checkPage(br *bufio.Reader, codec pq.CompressionCodec, packed, levels int, size int64) error {
	if _, err := br.Discard(levels); err != nil {
		return noEOF(err)
	}
	body := io.LimitReader(br, int64(packed-levels))
	var z io.Reader
	switch codec {
	case pq.Snappy:
		head, _ := br.Peek(min(binary.MaxVarintLen64, packed-levels))
		if n, k := binary.Uvarint(head); packed > levels && (k <= 0 || n > uint64(size)) {
			return fmt.Errorf("a page unpacks to %d bytes where its header says %d", n, size)
		}
	case pq.Gzip:
		g, err := gzip.NewReader(body)
		if err != nil && packed > levels {
			return noEOF(err)
		}
		if err == nil {
			z = g
		}
	case pq.Zstd:
		d, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return err
		}
		defer d.Close()
		z = d
	case pq.Lz4Raw: // the library takes every error for a buffer that is too small, and doubles it
		b, err := io.ReadAll(body)
		if err != nil || len(b) == 0 {
			return err
		}
		_, err = lz4.UncompressBlock(b, make([]byte, size))
		return err
	case pq.Uncompressed:
	default:
		return &FileError{Problem: "is compressed with " + codec.String(), Remedy: "save it with snappy, gzip or zstd"}
	}
	if z != nil {
		n, err := io.Copy(io.Discard, io.LimitReader(z, size+1))
		if err != nil {
			return noEOF(err)
		}
		if n > size {
			return fmt.Errorf("a page unpacks to more than the %d bytes that its header says", size)
		}
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	return nil
}
