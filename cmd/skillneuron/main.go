// Command skillneuron ranks neurons by their predictivity and writes masks of the top ones.
//
// Its flags are listed by skillneuron --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("skillneuron", steps.SkillNeuron) }
