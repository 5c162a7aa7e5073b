package tasks

import (
	"bytes"
	"context"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

func tinyFixture(t *testing.T) fixture {
	t.Helper()
	be, err := kernels.Open("cpu", kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newFixture(t, golden.Read(t), "tiny", be, roberta.Prompt)
}

// Logits that are no numbers are an error that names the sentence, not an answer.
func TestLogitsOutOfRange(t *testing.T) {
	f := tinyFixture(t)
	all := NewMask(f.Layers, f.FFN)
	huge := make([][]float32, f.Layers)
	for i := range all.Bits {
		all.Bits[i] = true
	}
	for l := range huge {
		huge[l] = make([]float32, f.FFN)
		for i := range huge[l] {
			huge[l][i] = 3e38
		}
	}
	p := &Perturbation{Kind: engine.EditMean, Mask: all, Vector: huge, High: f.Layers}
	q := quietly(f.newPass(f.data.Test))
	defer q.close()
	if _, err := q.predict(context.Background(), p); err == nil || !strings.Contains(err.Error(), "sentence 1 of the test split") {
		t.Errorf("scoring: %v", err)
	}
	c, err := NewClassifier(f.model, f.tuned)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read([]string{"a film"}, nil, p); err == nil || !strings.Contains(err.Error(), "text 0") {
		t.Errorf("classifying: %v", err)
	}
}

// A pair is read as the tokenizer joins pairs, not as one text.
func TestClassifierReadsPairs(t *testing.T) {
	f := tinyFixture(t)
	c, err := NewClassifier(f.model, f.tuned)
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := c.ReadPairs([][2]string{{"is it good", "it is"}, {"a", "b"}}, []Neuron{{Layer: 1, Index: 3, Row: 1}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := f.model.NewBatch()
	b.Add(f.model.Tokenizer.EncodePairTruncated("is it good", "it is", f.model.MaxTokens()), 0)
	s := f.model.NewSession()
	defer s.Close()
	want, err := s.Forward(nil, b, roberta.Run{Read: b.At, IDs: c.ids})
	if err != nil {
		t.Fatal(err)
	}
	if pairs[0].Logits[0] != want[0] || pairs[0].Logits[1] != want[1] || len(pairs[0].Activations) != 1 {
		t.Errorf("logits %v, want %v", pairs[0].Logits, want)
	}
	single, err := c.Classify("is it good it is")
	if err != nil {
		t.Fatal(err)
	}
	if single[0].Logits[0] == want[0] {
		t.Error("a pair and its plain concatenation read alike")
	}
}

// A step that finds other rows than its run recorded says so.
func TestOtherRowsAreTold(t *testing.T) {
	f := tinyFixture(t)
	var log bytes.Buffer
	f.Log = slog.New(slog.NewTextHandler(&log, nil))
	f.ResumeFrom = f.SaveTo
	f.rows = map[string]string{}
	for _, s := range []*string{&f.data.Train.Digest, &f.data.Dev.Digest, &f.data.Test.Digest} {
		*s = "a"
	}
	for _, s := range f.data.Splits() {
		f.rows[s.Name] = s.Digest
	}
	if err := f.manifest("train", nil); err != nil {
		t.Fatal(err)
	}
	if f.compareRows(); log.Len() > 0 {
		t.Errorf("a warning about the very same rows: %s", &log)
	}
	f.data.Dev.Digest = "b"
	f.compareRows()
	if got := log.String(); !strings.Contains(got, "split=dev") || strings.Contains(got, "split=train") || !strings.Contains(got, "WARN") {
		t.Errorf("got %q, want a warning about dev alone", got)
	}
}

func TestPruneDoesNotReplaceItsSource(t *testing.T) {
	f := tinyFixture(t)
	if err := roberta.SaveTuned(filepath.Join(f.SaveTo, roberta.TunedFile), f.model, f.tuned); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(f.SaveTo, roberta.TunedFile))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Prune(context.Background(), PruneConfig{Mask: "m", Thresholds: "t", Common: Common{ResumeFrom: f.SaveTo, SaveTo: f.SaveTo + "/."}})
	if err == nil || !strings.Contains(err.Error(), "would replace it") {
		t.Errorf("got %v", err)
	}
	after, err := os.ReadFile(filepath.Join(f.SaveTo, roberta.TunedFile))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the source changed (%v)", err)
	}
}

func TestBrokenManifestIsToldBeforeTheWork(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ManifestFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := makeDir(dir); err == nil || !strings.Contains(err.Error(), ManifestFile) {
		t.Errorf("got %v", err)
	}
}

func TestShellWord(t *testing.T) {
	for in, want := range map[string]string{"a/b.c": "a/b.c", "sp ace": "'sp ace'", "it's": `'it'\''s'`, "": "''", "é": "é", "$x": "'$x'"} {
		if got := ShellWord(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// Numbers without end are a wrong call, and a batch larger than the data is the data.
func TestHugeNumbers(t *testing.T) {
	f := tinyFixture(t)
	tr := &trainer{workspace: f.workspace, cfg: TrainConfig{Schedule: Schedule{Epochs: math.MaxInt, BatchSize: math.MaxInt, EvalEvery: 1, LR: 1}}}
	if got := tr.perEpoch(); got != 1 {
		t.Errorf("%d steps an epoch, want 1", got)
	}
	if err := tr.prepare(nil); err == nil || !strings.Contains(err.Error(), "--epoch") {
		t.Errorf("got %v", err)
	}
	f.workspace.Batch = math.MaxInt
	if err := f.prober(ProbePos).position(context.Background()); err != nil {
		t.Error(err)
	}
}
