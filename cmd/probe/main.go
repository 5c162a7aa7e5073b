// Command probe measures what single neurons tell of a task, or how fast a model is.
//
// Its flags are listed by probe --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("probe", steps.Probe) }
