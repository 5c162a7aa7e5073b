package tasks

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/npy"
)

// Aggregate says how the trials of a ranking become one.
type Aggregate string

const (
	AggregateMean Aggregate = "mean"
	AggregateMin  Aggregate = "min"
)

// RankConfig is what skillneuron does.
type RankConfig struct {
	Paths    []string  // -a: predictivity files, one a trial; of NAME-pn with more than two labels
	Aux      []string  // -aa: those of NAME-neu, for tasks with more than two labels
	Type     Aggregate // default mean
	TaskType string    // names the directory of the masks; default: read off the first path, else sst2
	SaveTo   string
}

// RankResult is what skillneuron wrote.
type RankResult struct {
	Dir    string   `json:"dir"`
	Trials int      `json:"trials"`
	Layers int      `json:"layers"`
	Width  int      `json:"width"`
	Names  []string `json:"names"`  // files, by rising share
	Counts []int    `json:"counts"` // neurons a layer, by file
	Top    []Ranked `json:"top"`    // the ten most predictive neurons of all
}

// Ranked is a neuron with its predictivity, max(acc, 1-acc).
type Ranked struct {
	Layer        int     `json:"layer"`
	Neuron       int     `json:"neuron"`
	Predictivity float64 `json:"predictivity"`
}

// rankSteps is the number of masks beside the empty one.
const rankSteps = 20

// Rank turns predictivity into masks of the most predictive neurons of each layer: DIR/info/TASK/0.0 … 0.2 (paper, section 3; pipeline.md,
// "skillneuron").
func Rank(cfg RankConfig) (*RankResult, error) {
	if cfg.Type == "" {
		cfg.Type = AggregateMean
	}
	if cfg.Type != AggregateMean && cfg.Type != AggregateMin {
		return nil, usagef("--type %s is unknown: mean and min are known", cfg.Type)
	}
	if len(cfg.Paths) == 0 {
		return nil, usagef("nothing to rank: give predictivity files with -a PATH,PATH,…")
	}
	if cfg.SaveTo == "" {
		return nil, usagef("nothing says where to save: give --save_to DIR")
	}
	main, err := readRanking(cfg.Paths, cfg.Type)
	if err != nil {
		return nil, err
	}
	var aux *ranking
	if len(cfg.Aux) > 0 {
		if aux, err = readRanking(cfg.Aux, cfg.Type); err != nil {
			return nil, err
		}
		if aux.l != main.l || aux.f != main.f {
			return nil, fmt.Errorf("-aa %s has [%d, %d] neurons, -a %s has [%d, %d]", cfg.Aux[0], aux.l, aux.f, cfg.Paths[0], main.l, main.f)
		}
	}
	fill(&cfg.TaskType, rankedTask(cfg))
	dir := filepath.Join(cfg.SaveTo, "info", cfg.TaskType)
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	r := &RankResult{Dir: dir, Trials: len(cfg.Paths), Layers: main.l, Width: main.f, Top: main.top(10)}
	for k := range rankSteps + 1 {
		m := main.mask(k, aux)
		name := ShareName(k)
		if err := npy.Write(filepath.Join(dir, name+".npy"), []int{m.L, m.F}, m.Bits); err != nil {
			return nil, err
		}
		r.Names, r.Counts = append(r.Names, name), append(r.Counts, m.Count()/m.L)
	}
	entry := map[string]any{"version": Version(), "settings": cfg, "result": r}
	return r, addManifest(cfg.SaveTo, "skillneuron/"+cfg.TaskType, entry)
}

// ShareName is the name of the mask of k percent: 0.0, 0.01, …, 0.1, …, 0.2.
func ShareName(k int) string {
	if k == 0 {
		return "0.0"
	}
	return strconv.FormatFloat(float64(k)/100, 'f', -1, 64)
}

// rankedTask is the task that the first file was measured on: its directory's name, without the ending of a subtask, where that is a task's.
func rankedTask(cfg RankConfig) string {
	dir := filepath.Dir(cfg.Paths[0])
	probed := filepath.Base(dir)
	name := probed
	if len(cfg.Aux) > 0 {
		name = trimSubtask(probed)
	}
	if _, err := dataset.Lookup(name); err == nil {
		return name
	}
	all := map[string]struct {
		Task string `json:"task_type"`
	}{}
	if readJSON(filepath.Join(filepath.Dir(dir), ManifestFile), &all) == nil {
		for step, m := range all {
			if strings.HasPrefix(step, "probe/") && m.Task == probed { // a task file's
				return name
			}
		}
	}
	return DefaultTask
}

func trimSubtask(name string) string {
	for _, end := range []string{"-pn", "-neu"} {
		if n := len(name) - len(end); n > 0 && name[n:] == end {
			return name[:n]
		}
	}
	return name
}

// ranking orders the neurons of each layer by |accuracy - 1/2|, equal ones by index.
type ranking struct {
	l, f  int
	score []float64 // [L, F]
	order [][]int32
}

func readRanking(paths []string, how Aggregate) (*ranking, error) {
	var r *ranking
	for _, path := range paths {
		l, f, score, err := readScore(path)
		if err != nil {
			return nil, err
		}
		if r == nil {
			r = &ranking{l: l, f: f, score: score}
			continue
		}
		if l != r.l || f != r.f {
			return nil, fmt.Errorf("%s has [%d, %d] neurons, %s has [%d, %d]: trials are of one model", path, l, f, paths[0], r.l, r.f)
		}
		for i, s := range score {
			if how == AggregateMin {
				r.score[i] = min(r.score[i], s)
			} else {
				r.score[i] += s
			}
		}
	}
	if how == AggregateMean {
		for i := range r.score {
			r.score[i] /= float64(len(paths))
		}
	}
	for l := range r.l {
		order := make([]int32, r.f)
		for i := range order {
			order[i] = int32(i)
		}
		row := r.score[l*r.f : (l+1)*r.f]
		slices.SortStableFunc(order, func(a, b int32) int { return -compare(row[a], row[b]) })
		r.order = append(r.order, order)
	}
	return r, nil
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// readScore reads one trial: |perf - 1/2| in float64, the largest over prompt rows where there are any.
func readScore(path string) (l, f int, score []float64, err error) {
	shape, perf, err := npy.Read[float32](path)
	if err != nil {
		return 0, 0, nil, err
	}
	rows := 1
	switch len(shape) {
	case 2:
		l, f = shape[0], shape[1]
	case 3:
		l, rows, f = shape[0], shape[1], shape[2]
	default:
		return 0, 0, nil, fmt.Errorf("%s has shape %v; predictivity is [layers, width] or [layers, prompt rows, width]", path, shape)
	}
	if l == 0 || f == 0 || rows == 0 {
		return 0, 0, nil, fmt.Errorf("%s is empty: shape %v", path, shape)
	}
	score = make([]float64, l*f)
	for i, x := range perf {
		if !(x >= 0 && x <= 1) {
			return 0, 0, nil, fmt.Errorf("%s holds %v at index %d: accuracies lie between 0 and 1 (is this a perf file?)", path, x, i)
		}
		at := i/(rows*f)*f + i%f
		score[at] = max(score[at], math.Abs(float64(x)-0.5))
	}
	return l, f, score, nil
}

// mask marks the top k percent of each layer; with aux the top k/2 percent of r, then aux's best until k percent are marked. Counts are
// whole-number arithmetic: int(p·F) without a float's rounding.
func (r *ranking) mask(k int, aux *ranking) Mask {
	m := NewMask(r.l, r.f)
	want := k * r.f / 100
	for l := range r.l {
		bits := m.Bits[l*r.f : (l+1)*r.f]
		own := want
		if aux != nil {
			own = k * r.f / 200
		}
		for _, i := range r.order[l][:own] {
			bits[i] = true
		}
		if aux == nil {
			continue
		}
		n := own
		for _, i := range aux.order[l] {
			if n == want {
				break
			}
			if !bits[i] {
				bits[i] = true
				n++
			}
		}
	}
	return m
}

// top are the n most predictive neurons of all layers.
func (r *ranking) top(n int) []Ranked {
	all := make([]int, len(r.score))
	for i := range all {
		all[i] = i
	}
	slices.SortStableFunc(all, func(a, b int) int { return -compare(r.score[a], r.score[b]) })
	var out []Ranked
	for _, i := range all[:min(n, len(all))] {
		out = append(out, Ranked{Layer: i / r.f, Neuron: i % r.f, Predictivity: r.score[i] + 0.5})
	}
	return out
}
