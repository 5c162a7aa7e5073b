//go:build nomini

package mini

import "io/fs"

// FS returns nil: this binary was built with -tags nomini.
func FS() fs.FS { return nil }
