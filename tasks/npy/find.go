package npy

import (
	"fmt"
	"io/fs"
	"os"
)

// Extension is that of the files.
const Extension = ".npy"

// Find returns the file that path names: as given, or else with .npy appended. 0.1, the name of a mask, has no extension of its own.
func Find(path string) (string, error) {
	for _, p := range []string{path, path + Extension} {
		if st, err := os.Stat(p); err == nil && !st.IsDir() {
			return p, nil
		}
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return "", fmt.Errorf("%s is a directory, and there is no %s%s: want a .npy file", path, path, Extension)
	}
	return "", fmt.Errorf("%s: %w, nor is there %s%s", path, fs.ErrNotExist, path, Extension)
}
