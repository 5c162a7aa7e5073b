// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda && !cudaemu

package cuda

// #include <cuda.h>
import "C"

import (
	"errors"
	"hash/maphash"
	"os"
	"slices"
	"unsafe"

	"github.com/skillneuron/skillneuron/engine"
)

// graphs are lists of commands that have come before, word for word: batches of one bucket of rows, as passes over one split have again and again, which
// differ in the tables alone. One launch of a graph takes the place of all of a list's.
type graphs struct {
	off   bool
	seen  map[uint64]bool // hashes of lists that came once
	ready map[uint64]*graph
	words int // of all graphs
	clock int
	runs  int // of graphs
}

type graph struct {
	words []uint64
	exec  C.CUgraphExec
	used  int // the last time
}

const (
	leastGraph = 64      // words of a list that is worth a graph
	mostGraphs = 1 << 20 // words of all graphs
	mostSeen   = 1 << 14
)

// graphsVariable turns graphs off where it is 0.
const graphsVariable = "SKILLNEURON_CUDA_GRAPHS"

func newGraphs() graphs {
	return graphs{off: os.Getenv(graphsVariable) == "0", seen: map[uint64]bool{}, ready: map[uint64]*graph{}}
}

// runList puts commands into the compute stream: as a graph from the second time on.
func (c *card) runList(words []uint64, kernels []string) error {
	g := &c.graphs
	if g.off || len(words) < leastGraph {
		return run(c, words, kernels)
	}
	key := maphash.Bytes(seed, unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 8*len(words)))
	x := g.ready[key]
	switch {
	case x != nil && !slices.Equal(x.words, words), x == nil && !g.seen[key]:
		if len(g.seen) == mostSeen {
			clear(g.seen)
		}
		g.seen[key] = true
		return run(c, words, kernels) // which loads kernels too, as a capture must not
	case x == nil:
		if err := c.makeRoom(len(words)); err != nil {
			return err
		}
		exec, err := capture(c.compute, func() error { return run(c, words, kernels) })
		if err != nil { // memory for a graph, most likely; nothing of it has run
			return run(c, words, kernels)
		}
		x = &graph{words: slices.Clone(words), exec: exec}
		g.ready[key] = x
		g.words += len(words)
	}
	g.clock++
	x.used = g.clock
	if err := launchGraph(x.exec, c.compute); !errors.Is(err, engine.ErrMemory) {
		g.runs++
		return err
	}
	return run(c, words, kernels) // nothing of the graph has
}

// makeRoom destroys the graphs that have not run for the longest time.
func (c *card) makeRoom(words int) error {
	g := &c.graphs
	if g.words+words <= mostGraphs {
		return nil
	}
	if err := c.sync(); err != nil { // none of them is running
		return err
	}
	for g.words+words > mostGraphs/2 && len(g.ready) > 0 {
		var oldest uint64
		least := g.clock + 1
		for key, x := range g.ready {
			if x.used < least {
				oldest, least = key, x.used
			}
		}
		x := g.ready[oldest]
		if err := destroyGraph(x.exec); err != nil {
			return err
		}
		g.words -= len(x.words)
		delete(g.ready, oldest)
	}
	return nil
}
