//go:build !nomini

package mini

import (
	"embed"
	"io/fs"
)

//go:embed config.json model.safetensors tokenizer.json README.md LICENSE NOTICE
var files embed.FS

// FS returns the backbone's directory: config.json, model.safetensors and
// tokenizer.json at its root. A binary built with -tags nomini has
// none; see above.
func FS() fs.FS { return files }
