package tasks

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/testdata/mini"
)

// liveHeap samples, at every report of progress, what the program holds: the heap behind a collection.
type liveHeap struct {
	on    string // the stretch that is sampled, by its beginning
	open  bool
	bytes []int64
}

func (h *liveHeap) Start(what string, _ int, _ string) { h.open = strings.HasPrefix(what, h.on) }
func (h *liveHeap) Note(string)                        {}
func (h *liveHeap) Done()                              { h.open = false }

func (h *liveHeap) Add(int) {
	if !h.open {
		return
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	h.bytes = append(h.bytes, int64(m.HeapAlloc))
}

// growth is how much more than at the report behind the given number, two batches of each goroutine, was ever held at a later one: by then every buffer has its size.
func (h *liveHeap) growth(behind int) int64 { return slices.Max(h.bytes[behind:]) - h.bytes[behind] }

// Texts like IMDB's, longer than a model takes, are trained on and probed in memory that the batch decides, not the number of rows. What a row may leave
// behind is its score; the least of its tensors, one hidden state, has 512·384 floats, 768 KB.
func TestLongTextsHoldOneBatch(t *testing.T) {
	if testing.Short() {
		t.Skip("short mode: 40 texts of 512 tokens")
	}
	const rows, threads, most = 24, 2, 3 << 20 // a goroutine that comes late still takes its buffers; one tensor left behind by each later batch would be 11 MB
	data, out := t.TempDir(), t.TempDir()
	longTexts(t, data, rows)
	c := Common{TaskType: "imdb", DataPath: data, Backbone: "mini", Mini: mini.FS(), SaveTo: out, Batch: 2, Threads: threads}
	check := func(what string, h *liveHeap, batches int) {
		t.Helper()
		if len(h.bytes) < batches {
			t.Fatalf("%s: %d samples, want %d", what, len(h.bytes), batches)
		}
		if g := h.growth(2 * threads); g > most {
			t.Errorf("%s: %d bytes more are held than behind the first batches, want at most %d: %v", what, g, most, h.bytes)
		}
	}
	h := &liveHeap{on: "training"}
	c.Progress = h
	if _, err := Train(context.Background(), TrainConfig{Common: c, Schedule: Schedule{Epochs: 1, BatchSize: 2, EvalEvery: 1000, Dropout: Ptr(0.0)}}); err != nil {
		t.Fatal(err)
	}
	check("training", h, rows/2)
	h = &liveHeap{on: "probing train"}
	c = Common{Mini: mini.FS(), ResumeFrom: out, Pretrained: true, DataPath: data, SaveTo: out, Batch: 2, Threads: threads, Progress: h}
	if _, err := Probe(context.Background(), ProbeConfig{Common: c, Type: ProbeAll}); err != nil {
		t.Fatal(err)
	}
	check("probing", h, rows/2)
}

// longTexts writes splits of reviews that the repository has, several of one class joined to a text beyond 512 tokens.
func longTexts(t *testing.T, dir string, train int) {
	t.Helper()
	file, err := os.Open("../testdata/tasks/imdb.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var byLabel [2]string
	for s := bufio.NewScanner(file); s.Scan(); {
		var row struct {
			Text  string
			Label int
		}
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		byLabel[row.Label] += row.Text + " "
	}
	for split, n := range map[string]int{"train": train, "dev": 4, "test": 4} {
		var b strings.Builder
		for i := range n {
			words := strings.Fields(byLabel[i%2])
			at := 31 * i % (len(words) - 600)
			line, err := json.Marshal(map[string]any{"text": strings.Join(words[at:at+600], " "), "label": i % 2})
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		if err := os.WriteFile(filepath.Join(dir, split+".jsonl"), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
