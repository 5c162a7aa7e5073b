// Command trials runs a task through every step, over several seeds: tuning, probing, ranking, perturbing, pruning.
//
// Its flags are listed by trials --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("trials", steps.Trials) }
