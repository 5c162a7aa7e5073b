package rowio

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
)

// A stage holds the files of folders aside until all are complete.
type stage struct {
	folders []*atomicfile.Folder // the last one is that of the files that come next
}

// begin makes room for the files of a folder.
func (st *stage) begin(path string) error {
	f, err := atomicfile.NewFolder(path)
	if err != nil {
		return err
	}
	st.folders = append(st.folders, f)
	return nil
}

// create writes a file that commit will put where the folder is.
func (st *stage) create(rel string, write func(io.Writer) error) (err error) {
	path := filepath.Join(st.folders[len(st.folders)-1].Dir(), rel)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := write(f); err != nil {
		return err
	}
	return f.Sync()
}

func (st *stage) json(rel string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return st.bytes(rel, append(b, '\n'))
}

func (st *stage) bytes(rel string, data []byte) error {
	return st.create(rel, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func (st *stage) commit() error { return atomicfile.Commit(st.folders...) }

func (st *stage) abandon() {
	for _, f := range st.folders {
		f.Abandon()
	}
}
