//go:build !unix

package atomicfile

// syncDir has nothing to do where a directory cannot be opened and synced.
func syncDir(string) error { return nil }
