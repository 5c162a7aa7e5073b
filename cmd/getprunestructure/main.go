// Command getprunestructure computes the shape and the parameter count of a pruned model.
//
// Its flags are listed by getprunestructure --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("getprunestructure", steps.GetPruneStructure) }
