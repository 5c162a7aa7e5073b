package tasks

import (
	"cmp"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"sync"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/hub"
)

// Classifier is a tuned or pruned model ready to classify. It is read-only: any number of goroutines may use one at once.
type Classifier struct {
	encoder
	tuned    roberta.Tuned
	ids      []int32 // of the verbalizer
	join     []int32
	log      *slog.Logger
	sessions sync.Pool
}

// ClassifierOptions say how a classifier is loaded. The zero value takes the recorded backbone and all processors.
type ClassifierOptions struct {
	Backbone string         // instead of the recorded one
	Mini     fs.FS          // what a recorded backbone "mini" opens (package testdata/mini)
	Hub      *hub.Client    // brings a recorded backbone that the local Hugging Face cache lacks; nil: nothing is downloaded
	Backend  engine.Backend // instead of the CPU
	Log      *slog.Logger   // is warned where a device's memory holds no more than a part of a batch; nil: slog's default
}

// LoadClassifier loads what train or prune wrote: a directory with best-backbone.safetensors, or the file.
func LoadClassifier(path string, opt ClassifierOptions) (*Classifier, error) {
	be := opt.Backend
	if be == nil {
		var err error
		if be, err = kernels.Open("cpu", kernels.Options{}); err != nil {
			return nil, err
		}
	}
	m, desc, err := roberta.LoadTuned(be, path, opt.Backbone, roberta.SourceOptions{Mini: opt.Mini, Hub: opt.Hub})
	if err != nil {
		return nil, err
	}
	c, err := NewClassifier(m, desc)
	if err == nil {
		c.log = opt.Log
	}
	return c, err
}

// NewClassifier classifies with a model that is loaded already.
func NewClassifier(m *roberta.Model, desc roberta.Tuned) (*Classifier, error) {
	e, err := newEncoder(m, desc)
	if err != nil {
		return nil, err
	}
	c := &Classifier{encoder: e, tuned: desc}
	c.ids, c.join = roberta.Joined(desc.IDs)
	c.sessions.New = func() any {
		s := m.NewSession()
		s.Short = c.short
		return s
	}
	return c, nil
}

func (c *Classifier) short(what string) { cmp.Or(c.log, slog.Default()).Warn(what) }

// Model is the model behind the classifier.
func (c *Classifier) Model() *roberta.Model { return c.model }

// Tuned describes the tuned part: task, words, what was pruned.
func (c *Classifier) Tuned() roberta.Tuned { return c.tuned }

// Answer is what a classifier says of one text.
type Answer struct {
	Label       int       // class of the largest logit
	Word        string    // its first verbalizer word
	Probability float64   // softmax over the classes
	Logits      []float32 // by class
}

// Neuron names one neuron, and the prompt row where it is read.
type Neuron struct{ Layer, Index, Row int }

// Reading is an answer with the activations behind it.
type Reading struct {
	Answer
	Activations []float32 // one a neuron asked for
}

// Classify answers for each text; a text longer than the model takes is cut at its end. An empty text is a text.
func (c *Classifier) Classify(texts ...string) ([]Answer, error) {
	r, err := c.Read(texts, nil, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Answer, len(r))
	for i := range r {
		out[i] = r[i].Answer
	}
	return out, nil
}

// Read answers for each text and returns the activations of the given neurons at their prompt rows (row 0 is the mask's; of a hand-written prompt they
// are its own tokens; without a prompt row 0 is <s>). pert, unless nil, perturbs neurons meanwhile; the activations are read behind it.
func (c *Classifier) Read(texts []string, neurons []Neuron, pert *Perturbation) ([]Reading, error) {
	in := make([]text, len(texts))
	for i, t := range texts {
		in[i] = text{a: t}
	}
	return c.readAll(in, neurons, pert)
}

// ReadPairs is Read for tasks of two texts, such as question and sentence; the longer one is cut first.
func (c *Classifier) ReadPairs(pairs [][2]string, neurons []Neuron, pert *Perturbation) ([]Reading, error) {
	in := make([]text, len(pairs))
	for i, p := range pairs {
		in[i] = text{p[0], p[1], true}
	}
	return c.readAll(in, neurons, pert)
}

func (c *Classifier) readAll(texts []text, neurons []Neuron, pert *Perturbation) ([]Reading, error) {
	for _, t := range texts {
		if c.layout != nil && t.pair != c.layout.Pair() {
			return nil, usagef("the model reads its texts within %q: give it one text or two accordingly (Read, ReadPairs)", c.tuned.Template)
		}
	}
	s := c.sessions.Get().(*roberta.Session)
	defer c.sessions.Put(s)
	out := make([]Reading, 0, len(texts))
	for lo := 0; lo < len(texts); lo += DefaultBatch {
		part, err := c.read(s, texts[lo:min(lo+DefaultBatch, len(texts))], lo, neurons, pert)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

func (c *Classifier) read(s *roberta.Session, texts []text, first int, neurons []Neuron, pert *Perturbation) ([]Reading, error) {
	b := c.model.NewBatch()
	for i, t := range texts {
		c.add(b, c.encode(t), first+i)
	}
	be := c.model.Backend()
	taps := make([][]*engine.Tap, c.model.Layers())
	var mine []*engine.Tap
	need := map[int32]bool{}
	for _, r := range b.At {
		need[r] = true
	}
	for _, n := range neurons {
		if err := c.check(n); err != nil {
			return nil, err
		}
		buf, err := be.Alloc(engine.F32, len(texts), engine.Activations)
		if err != nil {
			return nil, err
		}
		defer be.Free(buf)
		t := &engine.Tap{Kind: engine.TapCopy, Slots: len(texts), Slot: make([]int32, b.Rows()), Out: engine.Whole(buf, len(texts), 1), Neuron: n.Index}
		for i := range t.Slot {
			t.Slot[i] = -1
		}
		for i := range texts {
			row := b.Off[i]
			if p := c.promptRows(); p > 0 {
				row = b.Prompt[i*p+n.Row]
			}
			t.Slot[row] = int32(i)
			need[row] = true
		}
		taps[n.Layer] = append(taps[n.Layer], t)
		mine = append(mine, t)
	}
	var read []int32
	var answers []int // index of each text's answer among the rows read
	next := 0
	for r := range int32(b.Rows()) {
		if !need[r] {
			continue
		}
		if next < len(texts) && r == b.At[next] {
			answers = append(answers, len(read))
			next++
		}
		read = append(read, r)
	}
	classes := len(c.tuned.IDs)
	if pert != nil {
		if err := pert.Mask.fits(c.model.Widths(), "the mask"); err != nil {
			return nil, err
		}
		own := *pert // its scratch is not for two goroutines
		own.neurons, own.rows, own.made, own.list = nil, nil, nil, nil
		pert = &own
	}
	logits, err := s.Forward(nil, b, roberta.Run{Read: read, IDs: c.ids, Join: c.join, Taps: taps, Edits: pert.edits(b)})
	if err != nil {
		return nil, err
	}
	out := make([]Reading, len(texts))
	for i := range out {
		if x := logits[answers[i]*classes : (answers[i]+1)*classes]; !finite(x) {
			return nil, fmt.Errorf("text %d: its logits are %v; the weights, the prompt or what neurons are set to hold values out of range", first+i, x)
		}
		out[i].Answer = c.answer(logits[answers[i]*classes : (answers[i]+1)*classes])
	}
	column := make([]float32, len(texts))
	for _, t := range mine {
		be.Download(column, t.Out)
		for i := range out {
			out[i].Activations = append(out[i].Activations, column[i])
		}
	}
	return out, nil
}

func (c *Classifier) check(n Neuron) error {
	if n.Layer < 0 || n.Layer >= c.model.Layers() || n.Index < 0 || n.Index >= c.model.Width(n.Layer) || n.Row < 0 || n.Row >= max(1, c.promptRows()) {
		return usagef("neuron %d of layer %d at row %d: the model has %d layers, widths %v and %d prompt rows", n.Index, n.Layer, n.Row,
			c.model.Layers(), c.model.Widths(), c.promptRows())
	}
	return nil
}

func (c *Classifier) answer(logits []float32) Answer {
	a := Answer{Label: argmax(logits), Logits: append([]float32(nil), logits...)}
	a.Word = c.tuned.Words[a.Label][0]
	var sum float64
	for _, x := range logits {
		sum += math.Exp(float64(x) - float64(logits[a.Label]))
	}
	a.Probability = 1 / sum
	return a
}
