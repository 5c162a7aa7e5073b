// Command binarize splits a task of three or four labels into two balanced ones of two.
//
// Its flags are listed by binarize --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("binarize", steps.Binarize) }
