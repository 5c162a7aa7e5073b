//go:build !unix

package safetensors

import (
	"errors"
	"os"
)

// mapFile says that files are read here, not mapped.
func mapFile(*os.File, int64) ([]byte, func() error, error) {
	return nil, nil, errors.ErrUnsupported
}
