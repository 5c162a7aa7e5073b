package main

import (
	"errors"
	"fmt"
	"runtime"
	"sort"
	"strings"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/internal/benchpeers/roofline"
	"github.com/skillneuron/skillneuron/kernels"
)

type options struct {
	root      string
	quick     bool
	threads   int
	kernels   string
	device    string // "": cpu
	precision string // "": float32
	tiny      bool   // tests, dry runs: a small configuration in the place of roberta-base's
}

// work is something that can be timed. run returns the seconds of its stages where it has some.
type work struct {
	run   func() (map[string]float64, error)
	close func()
	cost  *cost
}

// errMissing marks work that this build or machine cannot do.
var errMissing = errors.New("")

// server holds the backend, the inputs, and the work that is open.
type server struct {
	options
	be     engine.Backend
	in     *inputs
	models map[modelKey]*held
	works  map[string]*work
}

func newServer(o options) (*server, error) {
	be, err := kernels.Open(o.device, kernels.Options{Threads: o.threads, Kernels: o.kernels, Precision: o.precision})
	if err != nil {
		return nil, err
	}
	in, err := newInputs(o)
	if err != nil {
		return nil, err
	}
	in.Device = be.Name()
	return &server{options: o, be: be, in: in, models: map[modelKey]*held{}, works: map[string]*work{}}, nil
}

// makers prepare work by name.
func (s *server) makers() map[string]func() (*work, error) {
	m := map[string]func() (*work, error){
		"encoder": s.encoder, "score": s.score, "sentence": s.sentence, "step": s.step,
		"probe_plain": s.probePlain, "probe_all": s.probeAll, "pruned": s.pruned, "pipeline": s.pipeline,
		"int8": s.int8, "bf16": s.bf16, "encoder_fma": s.encoderFMA,
	}
	for _, g := range s.in.Plan.Products {
		m[g.Name] = func() (*work, error) { return s.product(g) }
	}
	return m
}

func (s *server) open(name string) (a answer, err error) {
	makers := s.makers()
	open := makers[name]
	if open == nil {
		var names []string
		for n := range makers {
			names = append(names, n)
		}
		sort.Strings(names)
		return a, fmt.Errorf("work %q is unknown: %s are known", name, strings.Join(names, ", "))
	}
	s.close(name)
	w, err := open()
	if errors.Is(err, errMissing) {
		return answer{Missing: err.Error()}, nil
	}
	if err != nil {
		return a, err
	}
	s.works[name] = w
	a.Cost = w.cost
	if name == "pipeline" { // minutes of work: its caches are warm after the first sentences
		return a, nil
	}
	_, err = w.run() // packs weights, takes memory
	return a, errors.Join(err, s.be.Sync())
}

func (s *server) close(name string) {
	if w := s.works[name]; w != nil {
		if w.close != nil {
			w.close()
		}
		delete(s.works, name)
	}
	if len(s.works) == 0 {
		clear(s.models)
		runtime.GC()
	}
}

// missing says why work cannot be done here.
func missing(format string, args ...any) error {
	return fmt.Errorf("%s%w", fmt.Sprintf(format, args...), errMissing)
}

// info describes this side of the comparison.
type info struct {
	Go      string  `json:"go"`
	Kernels string  `json:"kernels"`
	Threads int     `json:"threads"`
	Peak    float64 `json:"peak_gflops"`   // multiply-add loop in registers, all threads
	PeakOne float64 `json:"peak_gflops_1"` // one thread
	Read    float64 `json:"read_gb_s"`     // of memory, all threads
	Add     float64 `json:"add_gb_s"`      // two streams read, one written
	Loop    string  `json:"peak_loop"`     // instructions of the loop
}

func (s *server) info() (*info, error) {
	read, add := roofline.Bandwidth(s.threads)
	return &info{
		Go: runtime.Version(), Kernels: s.be.Name(), Threads: s.threads,
		Peak: roofline.Peak(s.threads), PeakOne: roofline.Peak(1), Read: read, Add: add, Loop: roofline.Loop(),
	}, nil
}
