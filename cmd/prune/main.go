// Command prune keeps a mask's neurons in the top layers, freezes the others and saves the smaller model.
//
// Its flags are listed by prune --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("prune", steps.Prune) }
