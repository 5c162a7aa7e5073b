package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, Test, Output string
	ImportPath                    string
	Elapsed                       float64
}

// suite is what happened in one package.
type suite struct {
	passed, failed int
	skipped        map[string]string // test to reason
	seconds        float64
	broken, empty  bool
	output         map[string][]string // by test, of those that run or failed
}

func main() {
	if !summarise(os.Stdin, os.Stdout) {
		os.Exit(1)
	}
}

// summarise reports whether everything passed, or had a reason not to run.
func summarise(in io.Reader, out io.Writer) bool {
	suites := map[string]*suite{}
	var stray []string
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			stray = append(stray, lines.Text())
			continue
		}
		name := e.Package
		if name == "" {
			name, _, _ = strings.Cut(e.ImportPath, " ")
		}
		s := suites[name]
		if s == nil {
			s = &suite{skipped: map[string]string{}, output: map[string][]string{}}
			suites[name] = s
		}
		s.take(e)
	}
	ok := lines.Err() == nil && len(suites) > 0
	for _, l := range stray {
		fmt.Fprintln(out, l)
	}
	names := slices.Sorted(maps.Keys(suites))
	for _, name := range names {
		s := suites[name]
		if s.failed > 0 || s.broken {
			ok = false
			for _, test := range slices.Sorted(maps.Keys(s.output)) {
				for _, l := range s.output[test] {
					fmt.Fprint(out, l)
				}
			}
		}
	}
	fmt.Fprintf(out, "\n%-44s %7s %7s %7s %8s\n", "suite", "passed", "failed", "skipped", "seconds")
	var total suite
	switchedOff := 0
	for _, name := range names {
		s := suites[name]
		if s.empty && !s.broken {
			continue
		}
		short := strings.TrimPrefix(name, "github.com/skillneuron/skillneuron/")
		note := ""
		if s.broken && s.failed == 0 {
			note = "  did not build or crashed"
		}
		fmt.Fprintf(out, "%-44s %7d %7d %7d %8.1f%s\n", short, s.passed, s.failed, len(s.skipped), s.seconds, note)
		total.passed += s.passed
		total.failed += s.failed
		for _, test := range slices.Sorted(maps.Keys(s.skipped)) {
			remark := ""
			if !excused(s.skipped[test]) {
				remark = " (not a reason that skips.go allows)"
				switchedOff++
			}
			fmt.Fprintf(out, "    skipped %s: %s%s\n", test, s.skipped[test], remark)
		}
	}
	verdict := "ok"
	if ok = ok && switchedOff == 0; !ok {
		verdict = "FAILED"
	}
	fmt.Fprintf(out, "%s: %d passed, %d failed", verdict, total.passed, total.failed)
	if switchedOff > 0 {
		fmt.Fprintf(out, ", %d skipped without an allowed reason", switchedOff)
	}
	fmt.Fprintln(out)
	return ok
}

func (s *suite) take(e event) {
	switch e.Action {
	case "output", "build-output":
		s.output[e.Test] = append(s.output[e.Test], e.Output)
		if strings.Contains(e.Output, "[no test files]") {
			s.empty = true
		}
	case "build-fail":
		s.broken = true
	case "pass":
		s.end(e, func() { s.passed++ })
		delete(s.output, e.Test)
	case "fail":
		s.end(e, func() { s.failed++ })
		s.broken = s.broken || e.Test == ""
	case "skip":
		if e.Test == "" {
			s.empty = true
			return
		}
		s.skipped[e.Test] = reason(s.output[e.Test])
		delete(s.output, e.Test)
	}
}

func (s *suite) end(e event, count func()) {
	if e.Test == "" {
		s.seconds = e.Elapsed
		return
	}
	count()
}

// reason is what the test said when it skipped.
func reason(output []string) string {
	for _, l := range output {
		l = strings.TrimSpace(l)
		if i := strings.Index(l, ".go:"); i >= 0 && !strings.HasPrefix(l, "---") {
			if _, said, ok := strings.Cut(l[i:], ": "); ok {
				return said
			}
		}
	}
	return "no reason given"
}
