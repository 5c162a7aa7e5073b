package tasks

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/kernels/cpu/simd"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// tunedPrompts are prompts of three seeds, tuned on mini by train (testdata/prompt/README.md).
var tunedPrompts = []string{"../testdata/prompt", "../testdata/prompt/seed2", "../testdata/prompt/seed3"}

// predictions scores the test split, or a part of it, with a tuned prompt.
func predictions(t testing.TB, c Common, prompt string) *Predictions {
	t.Helper()
	c.ResumeFrom, c.Pretrained, c.DataPath, c.Mini, c.SaveTo = prompt, true, "../testdata/sst2", mini.FS(), t.TempDir()
	w, err := c.open(t.Context(), needs{data: true})
	if err != nil {
		t.Fatal(err)
	}
	p := w.newPass(w.data.Test)
	defer p.close()
	r, err := p.predict(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// distance compares two precisions: the root of the mean square of what logit differences differ by, beside their own, and the share of equal answers.
func distance(a, b *Predictions) (off, size, agree float64) {
	for i := range a.Logits {
		x, y := float64(a.Logits[i][1]-a.Logits[i][0]), float64(b.Logits[i][1]-b.Logits[i][0])
		off += (x - y) * (x - y)
		size += x * x
		if a.Pred[i] == b.Pred[i] {
			agree++
		}
	}
	n := float64(len(a.Logits))
	return math.Sqrt(off / n), math.Sqrt(size / n), agree / n
}

// inferencePrecisions are those of steps that only read a model, with how far off logits may be beside what they say.
var inferencePrecisions = map[string]float64{kernels.Int8: 0.15, kernels.BF16: 0.05}

// fewer limits rows where a precision's products run in Go.
func fewer(rows Rows, precision string) Rows {
	if set, _ := simd.Lookup("auto"); precision == kernels.BF16 && !set.HasAMX() {
		return Rows{Test: 4}
	}
	return rows
}

// TestPrecisionLogits: a precision changes the logits, by little beside what they say.
func TestPrecisionLogits(t *testing.T) {
	for precision, bound := range inferencePrecisions {
		rows := fewer(Rows{Test: 200}, precision)
		if testing.Short() {
			rows.Test = min(rows.Test, 40)
		}
		for _, prompt := range tunedPrompts {
			a := predictions(t, Common{Rows: rows}, prompt)
			b := predictions(t, Common{Rows: rows, Precision: precision}, prompt)
			off, size, agree := distance(a, b)
			t.Logf("%s, %s: logit differences of %.3f are %.4f off; %.1f %% of the answers agree; scores %.4f and %.4f", precision, prompt, size, off, 100*agree, a.Score, b.Score)
			if off == 0 || !(off <= bound*size) || !(agree >= 0.95) {
				t.Errorf("%s, %s: logit differences of %g are %g off, and %g of the answers agree", precision, prompt, size, off, agree)
			}
		}
	}
}

// BenchmarkPrecisionAccuracy scores all test sentences in float32 and beside it, and fails where they are half a point apart.
func BenchmarkPrecisionAccuracy(b *testing.B) {
	for _, precision := range []string{kernels.Int8, kernels.BF16} {
		for _, prompt := range tunedPrompts {
			b.Run("prec="+precision+"/prompt="+filepath.Base(prompt), func(b *testing.B) {
				var x, y *Predictions
				for b.Loop() {
					x, y = predictions(b, Common{}, prompt), predictions(b, Common{Precision: precision}, prompt)
				}
				off, size, agree := distance(x, y)
				b.ReportMetric(100*x.Score, "float32-%")
				b.ReportMetric(100*y.Score, "score-%")
				b.ReportMetric(100*agree, "agree-%")
				b.ReportMetric(off/size, "logits-off")
				if !(math.Abs(x.Score-y.Score) <= 0.005) {
					b.Errorf("%s: %g in float32, %g in %s", prompt, x.Score, y.Score, precision)
				}
			})
		}
	}
}

// TestPrecisionSameBits: batches and threads change no bit of a logit.
func TestPrecisionSameBits(t *testing.T) {
	for precision := range inferencePrecisions {
		checkSameBits(t, precision, fewer(Rows{Test: 24}, precision))
	}
}

func checkSameBits(t *testing.T, precision string, rows Rows) {
	t.Helper()
	var want *Predictions
	for _, c := range []Common{{Batch: 1, Threads: 1}, {Batch: 7, Threads: 2}, {Batch: 24, Threads: 3}} {
		c.Rows, c.Precision = rows, precision
		got := predictions(t, c, tunedPrompts[0])
		if want == nil {
			want = got
		}
		for i := range got.Logits {
			for j, v := range got.Logits[i] {
				if math.Float32bits(v) != math.Float32bits(want.Logits[i][j]) {
					t.Fatalf("batches of %d, %d threads: logit %d of sentence %d is %g, alone %g", c.Batch, c.Threads, j, i, v, want.Logits[i][j])
				}
			}
		}
	}
}

// rounds is a backend in bf16 that can be trained on, or not.
type rounds struct {
	engine.Backend
	trains bool
}

func (rounds) Precision() string { return kernels.BF16 }
func (r rounds) Trains() bool    { return r.trains }

// TestWhoTrains: of the precisions, bf16 and tf32 train on a device that computes gradients in them; models are pruned in none but float32.
func TestWhoTrains(t *testing.T) {
	for _, c := range []struct {
		common       Common
		train, prune bool
		hint         string
	}{
		{Common{}, true, true, ""},
		{Common{Precision: kernels.BF16}, false, false, "train on a GPU"},
		{Common{Device: "cpu", Precision: kernels.TF32}, false, false, "train on a GPU"},
		{Common{Device: "cuda:1", Precision: kernels.BF16}, true, false, ""},
		{Common{Device: "cuda:1", Precision: kernels.TF32}, true, false, ""},
		{Common{Device: "cuda:1", Precision: kernels.Int8}, false, false, "for inference"},
		{Common{Device: "cuda:1", Backend: rounds{trains: false}}, false, false, "train on a GPU"},
		{Common{Backend: rounds{trains: true}}, true, false, ""},
	} {
		train, prune := c.common.writesWeights("train"), c.common.writesWeights("prune")
		if (train == nil) != c.train || (prune == nil) != c.prune || train != nil && !strings.Contains(train.Error(), c.hint) {
			t.Errorf("device %q, precision %q, backend %v: train: %v; prune: %v", c.common.Device, c.common.Precision, c.common.Backend, train, prune)
		}
	}
}

// TestInt8IsForInference: steps whose weights others use are wrong calls, however int8 comes in.
func TestInt8IsForInference(t *testing.T) {
	ctx := context.Background()
	be, err := kernels.Open("cpu", kernels.Options{Precision: kernels.Int8})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]Common{"by name": {Precision: kernels.Int8}, "by backend": {Backend: be}} {
		c.SaveTo, c.Mini, c.Backbone, c.DataPath = t.TempDir(), mini.FS(), "mini", "../testdata/sst2"
		_, train := Train(ctx, TrainConfig{Common: c})
		c.ResumeFrom = tunedPrompts[0]
		_, prune := Prune(ctx, PruneConfig{Common: c, Mask: "x", Thresholds: "y"})
		for step, err := range map[string]error{"train": train, "prune": prune} {
			var usage *UsageError
			if !errors.As(err, &usage) || !strings.Contains(err.Error(), "int8") || !strings.Contains(err.Error(), step) {
				t.Errorf("%s, %s: %v", step, what, err)
			}
		}
	}
	if _, err := (&Common{Device: "cuda:0", Precision: kernels.Int8}).backend(); err == nil || !strings.Contains(err.Error(), "--device cpu") {
		t.Errorf("int8 on cuda: %v", err)
	}
	if _, err := (&Common{Precision: "int4"}).backend(); err == nil || !strings.Contains(err.Error(), "int4") {
		t.Errorf("int4: %v", err)
	}
}

// TestInt8Steps: probing, classifying and filling masks run in int8, and the manifest says so.
func TestInt8Steps(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	c := Common{Precision: kernels.Int8, Mini: mini.FS(), ResumeFrom: tunedPrompts[0], Pretrained: true, DataPath: "../testdata/sst2", SaveTo: dir, Rows: Rows{24, 12, 12}}
	if _, err := Probe(ctx, ProbeConfig{Common: c, Type: ProbeAll}); err != nil {
		t.Fatal(err)
	}
	all := map[string]Manifest{}
	if err := readJSON(filepath.Join(dir, ManifestFile), &all); err != nil {
		t.Fatal(err)
	}
	for step, m := range all {
		if m.Precision != "int8" || !strings.HasSuffix(m.Device, "/int8") {
			t.Errorf("%s ran on %s in %s", step, m.Device, m.Precision)
		}
	}
	var answers [2]Answer
	for i, precision := range []string{kernels.Float32, kernels.Int8} {
		be, err := kernels.Open("cpu", kernels.Options{Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		cl, err := LoadClassifier(tunedPrompts[0], ClassifierOptions{Mini: mini.FS(), Backend: be})
		if err != nil {
			t.Fatal(err)
		}
		got, err := cl.Classify("a gorgeous , witty film .")
		if err != nil {
			t.Fatal(err)
		}
		answers[i] = got[0]
		m, err := roberta.Load(be, &roberta.Source{Name: "mini", FS: mini.FS()}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if words, err := m.FillMask("The film was <mask>.", 3); err != nil || len(words) != 1 || len(words[0]) != 3 {
			t.Errorf("%s: FillMask gave %v, %v", precision, words, err)
		}
	}
	if f, q := answers[0], answers[1]; f.Label != q.Label || f.Probability == q.Probability || !(math.Abs(f.Probability-q.Probability) < 0.1) {
		t.Errorf("int8 answers %+v, float32 %+v", q, f)
	}
}
