package interchange

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/progress"
)

// Config says what to convert.
type Config struct {
	From string // a file or directory
	To   string // the file or directory to make
	As   string // the name of one of [Kinds]

	// What a tuned part needs and its file may not hold.
	Backbone string   // default: the recorded one
	Mini     fs.FS    // what --backbone mini opens
	Task     string   // task it was tuned on
	Words    []string // verbalizer, by class

	Progress progress.Progress // of a backbone's download; nil: none
	Log      *slog.Logger      // nil: silent

	sources roberta.SourceOptions
	target  string // To as it was given, where files are written aside
}

// Result is what a conversion wrote.
type Result struct {
	From  string   `json:"from"`
	As    string   `json:"as"`
	Files []File   `json:"files"`
	Notes []string `json:"notes,omitempty"`
}

// File is one that was written.
type File struct {
	Path  string `json:"path"`
	Holds string `json:"holds"` // in words
}

// note adds a note, once.
func (r *Result) note(text string) {
	if !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

func (r *Result) wrote(path, holds string) { r.Files = append(r.Files, File{path, holds}) }

// Kind is a conversion.
type Kind struct {
	Name string // what --as takes
	Does string // of what it makes what

	ofFiles bool // a file makes a file; a directory, and all else, makes a directory

	convert func(context.Context, Config, *Result) error
}

// kinds are all conversions, named after what they make.
var kinds = []Kind{
	{"torch", "files of this project, or a whole run, as torch.save writes them, under the original's names", true, toTorch},
	{"huggingface", "a tuned or pruned model of this project as a folder that transformers loads", false, toHuggingFace},
	{"adapterhub", "adapters of this project as AdapterHub's library saves them", false, toAdapterHub},
	{"peft", "a soft prompt of this project as PEFT saves it", false, toPEFT},
	{"ours", "what torch.save wrote (files of the original, a whole run of it, or weights in PyTorch's format), and folders of AdapterHub, PEFT and --as huggingface", true, toOurs},
}

// Kinds lists the conversions.
func Kinds() []Kind { return kinds }

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return names
}

// Convert runs one conversion. What it writes is whole or not there; what ctx ends leaves nothing, and what was there as it was.
func Convert(ctx context.Context, cfg Config) (*Result, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.sources = tasks.Sources(ctx, cfg.Mini, cfg.Progress, cfg.Log)
	for _, k := range kinds {
		if k.Name == cfg.As {
			from, err := os.Stat(cfg.From)
			if err != nil {
				return nil, fmt.Errorf("--from %s: %w; name the file or directory to convert", cfg.From, cause(err))
			}
			r := &Result{From: cfg.From, As: cfg.As}
			if k.ofFiles && !from.IsDir() {
				err = k.convert(ctx, cfg, r)
			} else {
				err = folder(ctx, cfg, r, k.convert)
			}
			if err != nil && ctx.Err() != nil { // whatever it was about to say of a file
				err = ctx.Err()
			}
			return r, err
		}
	}
	return nil, dataset.Usagef("--as %q: no such conversion; there are %s", cfg.As, strings.Join(kindNames(), ", "))
}

// cause is what the system says, without the path and the call that Go puts before it.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
