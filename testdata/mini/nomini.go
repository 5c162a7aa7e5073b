//go:build nomini

package mini

import (
	"io/fs"
	"os"
)

// FS returns the directory that the environment's SKILLNEURON_MINI names, or nil: this binary was built with -tags nomini.
func FS() fs.FS {
	if dir := os.Getenv("SKILLNEURON_MINI"); dir != "" {
		return os.DirFS(dir)
	}
	return nil
}
