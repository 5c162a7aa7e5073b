// Command demo runs the whole method on a small real RoBERTa and SST-2 within minutes: tuning, probing, perturbing, pruning.
//
// Its flags are listed by demo --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/demo"
)

func main() { cli.Main("demo", demo.Run) }
