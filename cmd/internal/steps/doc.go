// Package steps holds what the binaries do: each function reads a command line into a Config of package tasks, makes one call and prints the
// result, as tables for people or as JSON. cmd/NAME/main.go hands its function to [cli.Main]; tests hand it to [cli.Run].
package steps
