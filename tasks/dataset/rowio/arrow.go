package rowio

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// readArrow reads one shard of a save_to_disk folder.
func readArrow(path string, b *budget, yield func(Row) error) error {
	return opened(path, func(f *os.File, size int64) error { return arrowStream(f, size, b, yield) })
}

// arrowStream reads an Arrow IPC stream of a known size. Its own errors are all about damage: the format checks itself nowhere else.
func arrowStream(r io.Reader, size int64, b *budget, yield func(Row) error) (err error) {
	last := 0
	defer func() { err = damaged(err, last, true) }()
	br := bufio.NewReaderSize(r, 1<<16)
	if err := checkStream(br); err != nil {
		return err
	}
	// No message is larger than its file, and what a batch unpacks to has to stand in some relation to it.
	mem := boundAllocator{memory.NewGoAllocator(), b, 64<<20 + 1024*size}
	messages := &arrowMessages{r: br, left: size, mem: mem}
	rd, err := ipc.NewReaderFromMessageReader(messages, ipc.WithAllocator(mem))
	if err != nil {
		return err
	}
	defer rd.Release()
	fields := rd.Schema().Fields()
	row := Row{Names: make([]string, len(fields)), Cells: make([]Cell, len(fields)), Classes: arrowClasses(rd.Schema())}
	for i, f := range fields {
		row.Names[i] = f.Name
	}
	if err := checkNames(row.Names); err != nil {
		return err
	}
	for rd.Next() {
		err := arrowBatch(rd.RecordBatch(), &row, b, func(r Row) error {
			last = r.Number
			return yield(r)
		})
		if err != nil {
			return err
		}
	}
	if err := rd.Err(); err != nil {
		return err
	}
	if !messages.done {
		return fmt.Errorf("the stream's end mark is missing: %w", io.ErrUnexpectedEOF)
	}
	return nil
}

// arrowBatch hands a batch on row by row, through the one row that it fills.
func arrowBatch(batch arrow.RecordBatch, row *Row, b *budget, yield func(Row) error) error {
	columns, err := arrowColumns(batch)
	if err != nil {
		return err
	}
	for i := range int(batch.NumRows()) {
		row.Number++
		if err := arrowRow(columns, i, row); err != nil {
			return err
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

// arrowColumns begins to read a batch. Dictionaries of a damaged file are met here first.
func arrowColumns(batch arrow.RecordBatch) (columns []func(int) Cell, err error) {
	defer recovered(&err)
	for _, c := range batch.Columns() {
		columns = append(columns, arrowColumn(c))
	}
	return columns, nil
}

// arrowRow reads row i. So are its offsets.
func arrowRow(columns []func(int) Cell, i int, row *Row) (err error) {
	defer recovered(&err)
	for j, cell := range columns {
		row.Cells[j] = cell(i)
	}
	return nil
}

// recovered turns a panic of a library on damaged data into an error.
func recovered(err *error) {
	switch p := recover().(type) {
	case nil:
	case error:
		*err = p
	default:
		*err = fmt.Errorf("%v", p)
	}
}

// spend takes the row out of the budget, and refuses texts with a NUL as every reader does.
func (r *Row) spend(b *budget) error {
	n := int64(8)
	for i, c := range r.Cells {
		n += int64(len(c.Text))
		if c.Kind == String && hasNUL(c.Text) {
			return &FileError{Row: r.Number, Column: strconv.Quote(r.Names[i]), Problem: errNUL.Error(), Remedy: "save the text without it"}
		}
	}
	return b.take(n)
}

func checkNames(names []string) error {
	if len(names) == 0 {
		return &FileError{Problem: "has no columns", Remedy: "fetch it again"}
	}
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return &FileError{Column: strconv.Quote(n), Problem: "is there twice", Remedy: "rename one of them"}
		}
	}
	return nil
}

// checkStream tells a stream from what else people call Arrow.
func checkStream(br *bufio.Reader) error {
	head, err := br.Peek(8)
	switch {
	case len(head) == 0 && err == io.EOF:
		return &FileError{Problem: "is empty", Remedy: "fetch it again"}
	case string(head[:min(6, len(head))]) == "ARROW1":
		return &FileError{Problem: "is an Arrow file, not the stream that save_to_disk writes", Remedy: "load it in Python and call save_to_disk"}
	case len(head) < 8 || string(head[:4]) != "\xff\xff\xff\xff":
		return &FileError{Problem: "is not an Arrow stream", Remedy: "fetch it again, or save it with save_to_disk"}
	}
	return nil
}

// A boundAllocator refuses sizes that a damaged or hostile file claims.
type boundAllocator struct {
	memory.Allocator
	b    *budget
	most int64
}

func (a boundAllocator) Allocate(size int) []byte {
	a.check(size)
	return a.Allocator.Allocate(size)
}

func (a boundAllocator) Reallocate(size int, old []byte) []byte {
	a.check(size)
	return a.Allocator.Reallocate(size, old)
}

// check panics: an allocator has no errors. The reader recovers.
func (a boundAllocator) check(size int) {
	switch n := int64(size); {
	case n > a.most || n < 0:
		panic(fmt.Errorf("a buffer claims %d bytes", n))
	case n > a.b.left:
		panic(a.b.tooLarge())
	}
}
