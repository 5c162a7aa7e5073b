package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "`DIR`: the repository, for testdata")
	flag.BoolVar(&o.quick, "quick", false, "smaller sizes")
	flag.IntVar(&o.threads, "threads", 2, "threads of every measurement")
	flag.StringVar(&o.kernels, "kernels", "auto", "kernel set")
	flag.StringVar(&o.device, "device", "cpu", "cpu, or cuda:N with the sizes of scripts/bench_cuda.py")
	flag.StringVar(&o.precision, "precision", "", "of products with weights: float32, or tf32 or bf16 on a GPU")
	flag.BoolVar(&o.tiny, "tiny", false, "a model and sizes that take no time: to see that everything runs")
	alone := flag.String("work", "", "`NAME`: time this work alone instead of serving requests")
	n := flag.Int("n", 5, "repetitions of -work")
	profile := flag.String("cpuprofile", "", "`FILE`: profile of -work, without its preparation")
	flag.Parse()
	if err := run(o, *alone, *n, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "benchpeers:", err)
		os.Exit(1)
	}
}

func run(o options, alone string, n int, profile string) error {
	runtime.GOMAXPROCS(o.threads)
	s, err := newServer(o)
	if err != nil {
		return err
	}
	if alone != "" {
		return s.alone(alone, n, profile)
	}
	return s.serve(os.Stdin, os.Stdout)
}

// request is one line of stdin.
type request struct {
	Do   string `json:"do"`
	Work string `json:"work"`
	Path string `json:"path"`
}

// answer is one line of stdout.
type answer struct {
	Error   string             `json:"error,omitempty"`
	Missing string             `json:"missing,omitempty"` // why the work cannot be done here
	Seconds float64            `json:"seconds,omitempty"`
	Stages  map[string]float64 `json:"stages,omitempty"`
	Cost    *cost              `json:"cost,omitempty"`
	Info    *info              `json:"info,omitempty"`
}

func (s *server) serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	w := json.NewEncoder(out)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("request %q: %w", lines.Text(), err)
		}
		a, err := s.answer(r)
		if err != nil {
			a.Error = err.Error()
		}
		if err := w.Encode(a); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (s *server) answer(r request) (a answer, err error) {
	switch r.Do {
	case "info":
		a.Info, err = s.info()
	case "inputs":
		err = s.in.write(r.Path)
	case "open":
		a, err = s.open(r.Work)
	case "run":
		w := s.works[r.Work]
		if w == nil {
			return a, fmt.Errorf("work %q is not open", r.Work)
		}
		start := time.Now()
		a.Stages, err = w.run()
		err = errors.Join(err, s.be.Sync()) // work that reads nothing back only waits in a queue
		a.Seconds = time.Since(start).Seconds()
	case "close":
		s.close(r.Work)
	default:
		err = fmt.Errorf("request %q is unknown", r.Do)
	}
	return a, err
}

// alone prints each repetition's seconds, and the median's rate.
func (s *server) alone(name string, n int, profile string) error {
	a, err := s.open(name)
	if err != nil {
		return err
	}
	if a.Missing != "" {
		return fmt.Errorf("%s: %s", name, a.Missing)
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var seconds []float64
	for range n {
		a, err := s.answer(request{Do: "run", Work: name})
		if err != nil {
			return err
		}
		fmt.Printf("%s %.4f s %v\n", name, a.Seconds, a.Stages)
		seconds = append(seconds, a.Seconds)
	}
	slices.Sort(seconds)
	m := seconds[n/2]
	if a.Cost != nil {
		fmt.Printf("%s median %.4f s, %.1f GFLOP/s, %.1f GB/s\n", name, m, 2*a.Cost.MultiplyAdds/m/1e9, a.Cost.Bytes/m/1e9)
	}
	return nil
}
