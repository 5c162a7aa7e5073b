// Package atomicfile writes files, and directories of them, that are either whole or not there: nothing half-written ever keeps its final name.
package atomicfile
