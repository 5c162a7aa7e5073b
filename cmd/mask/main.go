// Command mask perturbs neurons and scores the test split.
//
// Its flags are listed by mask --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("mask", steps.Mask) }
