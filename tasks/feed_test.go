package tasks

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// patient is long enough for what has to happen at once.
const patient = time.Minute

// A feed makes batches while one is held, in their order, and no more than there is room for.
func TestFeed(t *testing.T) {
	m := tinyTrainer(t, Schedule{}).model
	made := make(chan int, 100)
	room := make([]*fed, 3)
	for i := range room {
		room[i] = &fed{Batch: m.NewBatch()}
	}
	for round := range 2 { // the room of a feed that was closed serves the next
		var all [][]int
		for i := range 9 {
			all = append(all, []int{2 * i, 2*i + 1})
		}
		f := newFeed(room, slices.Values(all), func(b *roberta.Batch, i int) {
			b.Add([]int32{0, 2}, i)
			made <- i
		})
		take := func(i int) {
			select {
			case got := <-made:
				if got != i {
					t.Fatalf("example %d is made behind %d", got, i-1)
				}
			case <-time.After(patient):
				t.Fatalf("nobody makes example %d", i)
			}
		}
		first := f.next()
		for i := range 2 * len(room) { // while the first batch is held
			take(i)
		}
		for k := range all {
			b := first
			if k > 0 {
				b = f.next()
			}
			if !slices.Equal(b.examples, all[k]) || !slices.Equal(b.Example, []int32{int32(2 * k), int32(2*k + 1)}) || b.Len() != 2 {
				t.Fatalf("batch %d holds examples %v, %v", k, b.examples, b.Example)
			}
			if len(made) > 0 {
				t.Fatal("more is made than there is room for")
			}
			if round == 0 && k == 4 {
				break // in the middle
			}
			f.giveBack(b)
			if k < len(all)-len(room) {
				take(2 * (k + len(room)))
				take(2*(k+len(room)) + 1)
			}
		}
		if round == 1 && f.next() != nil {
			t.Error("a batch behind the last")
		}
		f.close()
	}
}

// A sentence that is none of the model's fails in who takes its batch, behind the good ones.
func TestFeedFault(t *testing.T) {
	m := tinyTrainer(t, Schedule{}).model
	f := newFeed([]*fed{{Batch: m.NewBatch()}, {Batch: m.NewBatch()}}, slices.Values([][]int{{0}, {1}, {2}}), func(b *roberta.Batch, i int) {
		b.Add(make([]int32, 1-i), i)
	})
	defer f.close()
	if b := f.next(); b == nil || b.Len() != 1 {
		t.Fatal("no good batch")
	}
	defer func() {
		if r, ok := recover().(*engine.Fault); !ok {
			t.Errorf("%v, want a fault of the engine", r)
		}
	}()
	f.next()
	t.Error("a sentence without tokens makes a batch")
}

// waiting is a backend on which every forward's first layer ends when something has happened.
type waiting struct {
	engine.Backend
	*event
}

type event struct {
	happened chan struct{}
	happens  func()
	test     *testing.T
}

func (w waiting) FFNUp(dst, pre, x, w1, b1 engine.Tensor, edit *engine.Edit, taps []*engine.Tap) {
	select {
	case <-w.happened:
	case <-time.After(patient):
		w.test.Error("no further batch is tokenised while others are computed")
		w.happens()
	}
	w.Backend.FFNUp(dst, pre, x, w1, b1, edit, taps)
}

func (w waiting) Threads() int { return w.Backend.(engine.Shared).Threads() }

func (w waiting) Single() engine.Backend {
	return waiting{w.Backend.(engine.Shared).Single(), w.event}
}

// A further batch's texts are tokenised while others are computed, one in training and one a thread in probes and predictions, which all wait for it.
func TestTokenisesMeanwhile(t *testing.T) {
	const batch, threads = 3, 2
	be, err := kernels.Open("cpu", kernels.Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string, held int, f func(*testing.T, Common, func(*workspace))) {
		t.Run(name, func(t *testing.T) {
			w := waiting{be, &event{happened: make(chan struct{}), test: t}}
			w.happens = sync.OnceFunc(func() { close(w.happened) })
			f(t, Common{ResumeFrom: tunedPrompts[0], Pretrained: true, DataPath: "../testdata/sst2", Mini: mini.FS(), SaveTo: t.TempDir(), Batch: batch,
				Rows: Rows{Train: 5 * batch, Dev: 5 * batch, Test: 5 * batch}, Backend: w}, func(space *workspace) {
				n := 0
				space.tokenising = func() { // by one goroutine after another
					if n++; n == held+1 {
						w.happens()
					}
				}
			})
		})
	}
	run("training", batch, func(t *testing.T, c Common, watch func(*workspace)) {
		c.ResumeFrom, c.Pretrained, c.Backbone = "", false, "mini"
		tr, err := newTrainer(t.Context(), TrainConfig{Common: c, Schedule: Schedule{Epochs: 1, BatchSize: batch, EvalEvery: 100, Dropout: Ptr(0.0)}})
		if err != nil {
			t.Fatal(err)
		}
		defer tr.close()
		watch(tr.workspace)
		if err := tr.run(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	run("probe", threads*batch, func(t *testing.T, c Common, watch func(*workspace)) {
		p, err := newProber(t.Context(), ProbeConfig{Common: c, Type: ProbeAll})
		if err != nil {
			t.Fatal(err)
		}
		watch(p.workspace)
		if err := p.predictivity(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	run("predictions", threads*batch, func(t *testing.T, c Common, watch func(*workspace)) {
		w, err := c.open(t.Context(), needs{data: true})
		if err != nil {
			t.Fatal(err)
		}
		watch(w)
		p := w.newPass(w.data.Test)
		defer p.close()
		if _, err := p.predict(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
}

// What a probe writes has the same bytes for every number of threads and every batch size, hence every order of batches.
func TestProbeSameBytes(t *testing.T) {
	files := map[string][]byte{}
	for _, threads := range []int{1, 2, 3} {
		for _, batch := range []int{4, 7, 40} {
			if testing.Short() && threads == batch-1 {
				continue
			}
			dir := t.TempDir()
			c := Common{ResumeFrom: tunedPrompts[0], Pretrained: true, DataPath: "../testdata/sst2", Mini: mini.FS(), SaveTo: dir, Threads: threads, Batch: batch, TaskType: "sst2",
				Rows: Rows{Train: 23, Dev: 11, Test: 8}}
			for _, k := range []ProbeType{ProbeAll, ProbePos, ProbePromptAct} {
				if _, err := Probe(t.Context(), ProbeConfig{Common: c, Type: k, Layer: 2, Pos: 5}); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{
				"train_avg", "train_mean_avg", "train_max_avg", "dev_perf", "test_perf", "dev_mean_perf", "test_mean_perf", "dev_max_perf", "test_max_perf",
				"pos_dev/2,5", "pos_test/2,5", "prompt_activation",
			} {
				got, err := os.ReadFile(filepath.Join(dir, "sst2", name+".npy"))
				if err != nil {
					t.Fatal(err)
				}
				if want := files[name]; want == nil {
					files[name] = got
				} else if !slices.Equal(got, want) {
					t.Errorf("%d threads, batches of %d: %s has other bytes than with one thread", threads, batch, name)
				}
			}
		}
	}
}

// Each example is dealt once, to batches as large as each other and about as long.
func TestDeal(t *testing.T) {
	length := func(i int) int { return 1 + i*i*7919%97 }
	for n := range 70 {
		for batches := 1; batches <= max(1, n); batches++ {
			seen := make([]bool, n)
			var sums []int
			for _, b := range deal(n, batches, length) {
				if len(b) < n/batches || len(b) > (n+batches-1)/batches {
					t.Fatalf("%d examples in %d batches: one has %d", n, batches, len(b))
				}
				sum := 0
				for k, i := range b {
					if seen[i] {
						t.Fatalf("example %d stands in two batches", i)
					}
					seen[i] = true
					sum += length(i)
					if k > 0 && length(b[k-1]) < length(i) {
						t.Fatalf("a longer example behind a shorter one: %v", b)
					}
				}
				sums = append(sums, sum)
			}
			if slices.Contains(seen, false) {
				t.Fatalf("%d examples in %d batches: one is missing", n, batches)
			}
			if most := slices.Max(sums) - slices.Min(sums); n > 0 && most > 97 {
				t.Errorf("%d examples in %d batches are %v long in all", n, batches, sums)
			}
		}
	}
}

// Batches are about as many for each thread, never larger than asked for and never empty; together they are no more than that, or than four times as much where that is little. One a thread
// there is only where a thread has half of one.
func TestShare(t *testing.T) {
	for _, c := range []struct{ threads, batch, n, lanes, batches int }{
		{1, 4, 23, 1, 6}, {2, 4, 23, 2, 6}, {3, 4, 23, 3, 6}, {2, 4, 19, 2, 6}, {2, 40, 23, 2, 2}, {5, 12, 23, 1, 2}, {2, 4, 1, 1, 1}, {2, 40, 80, 2, 4}, {4, 100, 200, 4, 8}, {5, 40, 32, 1, 1}, {2, 1, 5, 2, 5}, {3, 2, 7, 3, 6}, {40, 32, 800, 1, 25},
	} {
		w, err := Common{ResumeFrom: tunedPrompts[0], Pretrained: true, DataPath: "../testdata/sst2", Mini: mini.FS(), SaveTo: t.TempDir(), Threads: c.threads,
			Batch: c.batch, Rows: Rows{Test: c.n}}.open(t.Context(), needs{data: true})
		if err != nil {
			t.Fatal(err)
		}
		if lanes, batches := w.share(w.data.Test); lanes != c.lanes || batches != c.batches {
			t.Errorf("%+v: %d lanes, %d batches", c, lanes, batches)
		}
	}
}

func TestInOrder(t *testing.T) {
	got := inOrder(7, 3)
	if len(got) != 3 || !slices.Equal(slices.Concat(got...), []int{0, 1, 2, 3, 4, 5, 6}) || len(got[0]) != 3 || len(got[1]) != 3 {
		t.Errorf("7 examples by 3: %v", got)
	}
}
