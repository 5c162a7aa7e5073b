package main

import (
	"errors"
	"flag"
	"maps"
	"slices"
	"testing"
)

var (
	full = flag.Bool("full", false, "the sizes of bench-peers without --quick")
	set  = flag.String("kernels", "", "kernel set, as the binaries' --kernels has it")
)

// BenchmarkWork is our side of bench-peers' rows alone: for profiles, and for two versions of the code in turn.
//
//	go test ./internal/benchpeers -run '^$' -bench Work/work=encoder -cpuprofile cpu.prof -args -full -kernels avx512
func BenchmarkWork(b *testing.B) {
	s, err := newServer(options{root: "../..", quick: !*full, threads: 2, kernels: *set})
	if err != nil {
		b.Fatal(err)
	}
	makers := s.makers()
	for _, name := range slices.Sorted(maps.Keys(makers)) {
		b.Run("work="+name, func(b *testing.B) {
			w, err := makers[name]()
			if errors.Is(err, errMissing) {
				b.Skip(err)
			}
			if err != nil {
				b.Fatal(err)
			}
			if w.close != nil {
				defer w.close()
			}
			var stages map[string]float64
			run := func() {
				if stages, err = w.run(); err != nil {
					b.Fatal(err)
				}
			}
			run() // weights are packed, and memory taken
			for b.Loop() {
				run()
			}
			for stage, seconds := range stages { // of the last run
				b.ReportMetric(seconds, stage+"-s")
			}
		})
	}
}
