package tasks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// workspace is what a step works on: a model with its tuned part, and data.
type workspace struct {
	Common
	be      engine.Backend
	tuned   roberta.Tuned // of the model, also where nothing was trained yet
	seed    uint64
	task    dataset.Task
	data    *dataset.Data
	rows    map[string]string // digest of each split, whole
	sizes   map[string]int    // rows of each split, all of them
	words   dataset.Verbalizer
	written *dataset.Template // the hand-written prompt; nil: none, or no task to fit it
	encoder
	tokenising func() // is told, unless nil, before an example is tokenised
}

// needs says what a step opens a workspace for.
type needs struct {
	data  bool
	check func(dataset.Task) error // of the task as its files have it, before the model is loaded
	desc  *roberta.Tuned           // an unfinished run's own description: its parts are made anew, then filled from its checkpoint
}

// open resolves the settings, cheapest checks first.
func (c Common) open(ctx context.Context, n needs) (*workspace, error) {
	w := &workspace{Common: c}
	desc := n.desc
	if desc == nil {
		var err error
		if desc, err = c.describe(); err != nil {
			return nil, err
		}
	} else if desc.Pruned == nil {
		w.Pretrained = false
	}
	if err := w.settle(desc); err != nil {
		return nil, err
	}
	var err error
	if w.task, err = dataset.Find(w.TaskType, w.DataPath); err != nil {
		if n.data || desc == nil {
			return nil, err
		}
		w.task = dataset.Task{Name: w.TaskType} // a task file's, which is not here: the tuned part knows its words
	}
	w.TaskType = w.task.Name
	if n.data {
		if w.data, err = dataset.LoadContext(ctx, w.task, w.DataPath, w.seed, w.Data); err != nil {
			return nil, err
		}
		w.task = w.data.Task
		if c.Concat && !w.task.Pair() {
			return nil, usagef("--compat %s joins the two texts of a pair, and %s has one", Concat, w.TaskType)
		}
		if n.check != nil {
			if err := n.check(w.task); err != nil {
				return nil, err
			}
		}
		for _, note := range w.data.Notes {
			w.log().Info(note, "data", w.DataPath)
		}
		w.rows, w.sizes = map[string]string{}, map[string]int{}
		for _, s := range w.data.Splits() {
			w.rows[s.Name], w.sizes[s.Name] = s.Digest, s.Len()
		}
		w.compareRows()
		w.data.Train = w.data.Train.Subset(c.Rows.Train, w.seed)
		w.data.Dev = w.data.Dev.Subset(c.Rows.Dev, w.seed)
		w.data.Test = w.data.Test.Subset(c.Rows.Test, w.seed)
	}
	if err := w.openTemplate(); err != nil {
		return nil, err
	}
	if w.be, err = c.backend(); err != nil {
		return nil, err
	}
	if err := w.openModel(ctx, desc); err != nil {
		return nil, err
	}
	w.tuned.Template, w.tuned.Concat = w.Template, w.Concat
	if w.encoder, err = newEncoder(w.model, w.tuned); err != nil {
		return nil, err
	}
	return w, w.openVerbalizer(desc)
}

// describe reads what the resumed run recorded; nil where nothing is resumed.
func (c *Common) describe() (*roberta.Tuned, error) {
	switch {
	case c.Model != nil:
		return &c.Tuned, nil
	case c.Pretrained && c.ResumeFrom == "":
		return nil, usagef("a tuned part is to be loaded and nothing says which; name its directory with --resume_from")
	case c.ResumeFrom == "":
		return nil, nil
	}
	desc, err := roberta.ReadTuned(c.ResumeFrom)
	if err != nil {
		if !c.Pretrained && errors.Is(err, roberta.ErrNothingTuned) {
			return nil, nil
		}
		return nil, err
	}
	return &desc, nil
}

// settle fills the settings that were not given from the resumed run, then from the defaults.
func (w *workspace) settle(desc *roberta.Tuned) error {
	w.seed = DefaultSeed
	recorded := roberta.Tuned{Method: roberta.Prompt, PromptSize: DefaultPromptSize, Backbone: DefaultBackbone, Task: DefaultTask}
	if desc != nil {
		recorded = *desc
		w.seed = desc.Seed
	}
	if w.Seed != nil {
		w.seed = *w.Seed
	}
	if desc != nil || w.DataPath == "" || !dataset.HasTaskFile(w.DataPath) { // a task file has its own name
		fill(&w.TaskType, recorded.Task)
		fill(&w.TaskType, DefaultTask)
	}
	if w.ResumeFrom != "" {
		fill(&w.SaveTo, runDir(w.ResumeFrom))
		if w.DataPath == "" {
			w.DataPath, w.Data = recordedData(runDir(w.ResumeFrom), w.TaskType, w.Data)
		}
	}
	w.Concat = w.Concat || recorded.Concat
	loaded := desc != nil && (w.Pretrained || w.Model != nil)
	if w.Template != "" && w.Method == "" && w.PromptSize == nil && !loaded {
		w.Method = roberta.Written
	}
	if w.Method == "" {
		w.Method = recorded.Method
	}
	if w.PromptSize == nil {
		w.PromptSize = &recorded.PromptSize
	}
	if w.Method == roberta.Written {
		w.PromptSize = Ptr(0)
	}
	if loaded {
		if w.Method != recorded.Method {
			return usagef("--model_type %s, but %s holds a %s", w.Method, w.ResumeFrom, recorded.Method)
		}
		if *w.PromptSize != recorded.PromptSize && recorded.Method.HasPrompt() {
			return usagef("--prompt_size %d, but the prompt in %s has size %d", *w.PromptSize, w.ResumeFrom, recorded.PromptSize)
		}
	} else if w.Method == roberta.PrunePrompt {
		return usagef("%s needs a pruned model: make one with prune, then give its directory with --resume_from DIR -p", w.Method)
	}
	if !w.Pretrained {
		fill(&w.Backbone, recorded.Backbone)
	}
	soft := w.Method.HasPrompt() && *w.PromptSize > 0
	if soft && w.Template != "" {
		return usagef("a template is read at its own <mask>, and a %s of size %d has one already: leave --template out, or use --model_type %s (nothing trains), %s or %s, or --prompt_size 0",
			w.Method, *w.PromptSize, roberta.Written, roberta.Bias, roberta.Adapter)
	}
	if !soft {
		fill(&w.Template, recorded.Template)
	}
	return nil
}

func fill(s *string, otherwise string) {
	if *s == "" {
		*s = otherwise
	}
}

func (w *workspace) openModel(ctx context.Context, desc *roberta.Tuned) (err error) {
	switch {
	case w.Model != nil:
		w.model, w.tuned = w.Model, *desc
		return nil
	case w.Pretrained:
		w.model, w.tuned, err = roberta.LoadTuned(w.be, w.ResumeFrom, w.Backbone, w.sources(ctx))
		return err
	}
	src, err := roberta.OpenSource(w.Backbone, w.sources(ctx))
	if err != nil {
		return err
	}
	if w.model, err = roberta.Load(w.be, src, w.seed); err != nil {
		return err
	}
	w.tuned = roberta.Tuned{Method: w.Method, PromptSize: *w.PromptSize, Backbone: src.Name, Seed: w.seed}
	if !w.Method.HasPrompt() {
		w.tuned.PromptSize = 0
	}
	_, err = w.model.Tune(w.Method, w.tuned.PromptSize, dataset.Stream(w.seed, "init/"+string(w.Method)))
	return err
}

// openTemplate settles the hand-written prompt and checks that it fits the task.
func (w *workspace) openTemplate() error {
	if w.Method == roberta.Written {
		fill(&w.Template, w.task.Prompt())
	}
	if w.Template == "" {
		return nil
	}
	t, err := dataset.ParseTemplate(w.Template)
	if w.written = t; err != nil || w.data == nil {
		return err
	}
	if w.Concat {
		return usagef("--compat %s joins the texts of a pair, and the template %q says itself how: leave one out", Concat, w.Template)
	}
	return t.Fits(w.task)
}

// openVerbalizer takes the words given, else the recorded ones of the same task, else the task's.
func (w *workspace) openVerbalizer(desc *roberta.Tuned) (err error) {
	loaded := desc != nil && (w.Pretrained || w.Model != nil)
	if desc != nil && len(desc.IDs) > 0 && w.Verb == nil && desc.Task == w.TaskType {
		if w.data != nil && w.task.Labels != desc.Labels {
			return fmt.Errorf("%s was tuned for %s, %s has %d", w.ResumeFrom, amount.Of(desc.Labels, "label"), w.TaskType, w.task.Labels)
		}
		w.words = dataset.Verbalizer{Words: desc.Words, IDs: desc.IDs}
	} else if w.data != nil || w.task.Labels > 0 {
		var words [][]string
		if len(w.Verb) > 0 {
			words = dataset.ParseWords(strings.Join(w.Verb, ","))
		}
		if w.words, err = w.task.Verbalizer(words, w.model.Tokenizer, dataset.VerbalizerOptions{Seed: w.seed, InText: w.written != nil && w.written.InText()}); err != nil {
			return err
		}
		for _, s := range w.words.Warnings {
			w.log().Warn(s)
		}
	}
	if !loaded {
		w.tuned.Task, w.tuned.Labels = w.TaskType, len(w.words.IDs)
		w.tuned.Words, w.tuned.IDs = w.words.Words, w.words.IDs
	}
	return nil
}

// example makes an example's tokens, truncated to what the model takes.
func (w *workspace) example(e dataset.Example) dataset.Prompted {
	if w.tokenising != nil {
		w.tokenising()
	}
	return w.encode(text{e.Text, e.Pair, w.task.Pair()})
}

// tokens encodes every example.
func (w *workspace) tokens(s dataset.Split) []dataset.Prompted {
	out := make([]dataset.Prompted, s.Len())
	for i, e := range s.Examples {
		out[i] = w.example(e)
	}
	return out
}
