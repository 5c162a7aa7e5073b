// Command testsummary reads `go test -json` and prints, after what failed, one line a package: how many tests ran, how many were skipped and
// why. It exits with 1 if anything failed, or if a test was skipped for another reason than those that skips.go allows. `make test` ends with it.
package main
