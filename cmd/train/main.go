// Command train tunes a prompt, the biases or adapters of a RoBERTa on a task.
//
// Its flags are listed by train --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("train", steps.Train) }
