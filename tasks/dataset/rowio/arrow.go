package rowio

import (
	"bufio"
	"errors"
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
	f, err := os.Open(path)
	if err != nil {
		return &FileError{Problem: "cannot be opened", Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return &FileError{Problem: "cannot be opened", Err: err}
	}
	return arrowStream(f, info.Size(), b, yield)
}

// arrowStream reads an Arrow IPC stream of a known size. Its own errors are all about damage: the format checks itself nowhere else.
func arrowStream(r io.Reader, size int64, b *budget, yield func(Row) error) (err error) {
	last := 0
	defer func() { err = damaged(err, last, true) }()
	br := bufio.NewReaderSize(r, 1<<16)
	if err := checkStream(br); err != nil {
		return err
	}
	tail := &atEnd{r: br}
	// No message is larger than its file, and what a batch unpacks to has to stand in some relation to it.
	mem := boundAllocator{memory.NewGoAllocator(), b, 64<<20 + 1024*size}
	opts := []ipc.Option{ipc.WithAllocator(mem), ipc.WithMetadataSizeLimit(max(1, min(size, 64<<20))), ipc.WithBodySizeLimit(max(1, size))}
	rd, err := ipc.NewReaderFromMessageReader(ipc.NewMessageReader(tail, opts...), opts...)
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
	if tail.reached {
		return fmt.Errorf("the stream's end mark is missing: %w", io.ErrUnexpectedEOF)
	}
	return nil
}

// arrowBatch hands a batch on row by row, through the one row that it fills.
func arrowBatch(batch arrow.RecordBatch, row *Row, b *budget, yield func(Row) error) (err error) {
	columns := make([]func(int) Cell, batch.NumCols())
	for j := range columns {
		columns[j] = arrowColumn(batch.Column(j))
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

// arrowRow reads row i. Offsets that a damaged file gives are met here first.
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

// atEnd remembers that more was read than there was: a whole stream ends with a mark and is never read beyond.
type atEnd struct {
	r       io.Reader
	reached bool
}

func (a *atEnd) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	a.reached = a.reached || errors.Is(err, io.EOF)
	return n, err
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
