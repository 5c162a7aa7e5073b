package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
)

// What fails half-way leaves the old file.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "scores.json")
	if err := atomicfile.WriteFile(path, []byte(`{"score": 0.5}`)); err != nil {
		fmt.Println(err)
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, `{"sco`); err != nil {
			return err
		}
		return errors.New("interrupted")
	})
	fmt.Println(errors.Unwrap(err))
	data, err := os.ReadFile(path)
	fmt.Println(string(data), err)
	// Output:
	// interrupted
	// {"score": 0.5} <nil>
}
