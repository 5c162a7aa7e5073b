// Package atomicfile writes files that are either whole or not there: nothing half-written ever keeps its final name.
package atomicfile
