//go:build noasm || !amd64

package roofline

func loop() (name string, run func(n int), flop float64) { return goLoop() }
