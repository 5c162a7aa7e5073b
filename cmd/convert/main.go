// Command convert moves models and results between this project's files and those of the Python world.
//
// Its flags are listed by convert --help.
package main

import (
	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/cmd/internal/steps"
)

func main() { cli.Main("convert", steps.Convert) }
