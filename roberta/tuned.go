package roberta

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

// Tuned describes a tuned part: everything, beside its tensors, that is needed to use it again. It stands as JSON in the metadata of
// best-backbone.safetensors.
type Tuned struct {
	Method     Method          `json:"model_type"`
	PromptSize int             `json:"prompt_size"`
	Words      ByClass[string] `json:"words"`              // verbalizer, by class
	IDs        ByClass[int32]  `json:"ids"`                // verbalizer's token ids, by class
	Template   string          `json:"template,omitempty"` // hand-written prompt around the text, see dataset.ParseTemplate
	Task       string          `json:"task_type"`          // what it was tuned on
	Labels     int             `json:"labels"`
	Concat     bool            `json:"concat,omitempty"`  // the texts of a pair are joined with nothing between
	Backbone   string          `json:"backbone"`          // reopens the backbone
	Seed       uint64          `json:"seed"`              // of a random backbone's weights
	Pruned     *Pruning        `json:"pruned,omitempty"`  // of a pruned model
	Config     *Config         `json:"config,omitempty"`  // of a model that carries its own backbone
	Version    string          `json:"version,omitempty"` // of the program that wrote it
}

// Pruning says what became of each layer of the backbone.
type Pruning struct {
	Widths []int     `json:"widths"`           // F of each layer
	Kept   [][]int32 `json:"kept"`             // the backbone's neurons that each layer keeps, ascending; null where the layer is whole
	Compat string    `json:"compat,omitempty"` // "double_count" where the original's sum was asked for
}

// TunedFile is the name of a tuned part within its directory.
const TunedFile = "best-backbone.safetensors"

const (
	tunedKey       = "skillneuron"
	backbonePrefix = "backbone."
	maxWidth       = 1 << 24 // of a feed-forward layer, in a file that may be damaged
)

// ErrNothingTuned is what [FindTuned] returns of a directory that holds no tuned part.
var ErrNothingTuned = errors.New("nothing was tuned there yet")

// FindTuned returns the file that a --resume_from value names: a directory with [TunedFile], or the file with or without its extension.
func FindTuned(path string) (string, error) {
	for _, p := range []string{path, path + ".safetensors", filepath.Join(path, TunedFile)} {
		if st, err := os.Stat(p); err == nil && !st.IsDir() {
			return p, nil
		}
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return "", fmt.Errorf("%s holds no %s: %w (train writes it at its first evaluation)", path, TunedFile, ErrNothingTuned)
	}
	return "", fmt.Errorf("%s: no such file or directory: want a directory that train or prune wrote, or its %s", path, TunedFile)
}

// SaveTuned writes the part of m that desc.Method trains, and for a pruned model its backbone, to path, atomically.
func SaveTuned(path string, m *Model, desc Tuned) error {
	tensors, err := m.tunedTensors(&desc)
	if err != nil {
		return err
	}
	meta, err := json.Marshal(desc)
	if err != nil {
		return err
	}
	return safetensors.Write(path, tensors, map[string]string{tunedKey: string(meta), "format": "pt"})
}

func (m *Model) tunedTensors(desc *Tuned) ([]safetensors.Tensor, error) {
	var out []safetensors.Tensor
	add := func(p Param, name string) {
		out = append(out, safetensors.Tensor{Name: name, Shape: p.Shape, Data: p.Floats(m.be)})
	}
	tuned := m.Tuned(desc.Method, desc.PromptSize)
	for _, p := range tuned {
		add(p, p.Name)
	}
	if desc.Pruned != nil {
		c := m.Config
		desc.Config = &c
		for _, p := range m.params {
			if p.Name != promptName {
				add(p, backbonePrefix+p.Name)
			}
		}
	}
	return out, m.be.Sync()
}

// ReadTuned reads the description of a tuned part.
func ReadTuned(path string) (Tuned, error) {
	var desc Tuned
	path, err := FindTuned(path)
	if err != nil {
		return desc, err
	}
	f, err := safetensors.Open(path)
	if err != nil {
		return desc, err
	}
	defer f.Close()
	return desc, describe(f, path, &desc)
}

func describe(f *safetensors.File, path string, desc *Tuned) error {
	s, ok := f.Metadata()[tunedKey]
	if !ok {
		return fmt.Errorf("%s is no tuned part: its metadata has no %q", path, tunedKey)
	}
	if err := json.Unmarshal([]byte(s), desc); err != nil {
		return fmt.Errorf("%s: metadata %q: %w", path, tunedKey, err)
	}
	if _, err := ParseMethod(string(desc.Method)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if desc.PromptSize < 0 {
		return fmt.Errorf("%s: prompt size %d", path, desc.PromptSize)
	}
	if desc.Pruned != nil {
		for l, w := range desc.Pruned.Widths {
			if w < 0 || w > maxWidth {
				return fmt.Errorf("%s: layer %d has a width of %d", path, l, w)
			}
		}
	}
	if len(desc.IDs) != desc.Labels || len(desc.Words) != desc.Labels {
		return fmt.Errorf("%s: %d words and %d ids for %d labels", path, len(desc.Words), len(desc.IDs), desc.Labels)
	}
	for k, ids := range desc.IDs {
		if len(ids) == 0 || len(ids) != len(desc.Words[k]) {
			return fmt.Errorf("%s: %d words and %d ids for label %d", path, len(desc.Words[k]), len(ids), k)
		}
	}
	return nil
}

// LoadTuned loads the model that a tuned part belongs to and puts the part in. backbone, unless empty, replaces the recorded one.
func LoadTuned(be engine.Backend, path, backbone string, opt SourceOptions) (*Model, Tuned, error) {
	var desc Tuned
	path, err := FindTuned(path)
	if err != nil {
		return nil, desc, err
	}
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, desc, err
	}
	defer f.Close()
	if err := describe(f, path, &desc); err != nil {
		return nil, desc, err
	}
	m, err := loadUnder(be, f, path, backbone, opt, &desc)
	if err != nil {
		return nil, desc, err
	}
	for _, id := range slices.Concat(desc.IDs...) {
		if id < 0 || int(id) >= m.Config.VocabSize {
			return nil, desc, fmt.Errorf("%s: verbalizer id %d lies outside the backbone's vocabulary of %d", path, id, m.Config.VocabSize)
		}
	}
	switch {
	case desc.Method.HasPrompt() && desc.PromptSize > 0:
		err = m.addPrompt(desc.PromptSize)
	case desc.Method == Adapter:
		err = m.addAdapters()
	}
	if err != nil {
		return nil, desc, fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range m.Tuned(desc.Method, desc.PromptSize) {
		if err := m.read(p, f, p.Name); err != nil {
			return nil, desc, err
		}
	}
	return m, desc, be.Sync()
}

// loadUnder builds the backbone under a tuned part: its own for a pruned model, else the recorded or the given one.
func loadUnder(be engine.Backend, f *safetensors.File, path, backbone string, opt SourceOptions, desc *Tuned) (*Model, error) {
	if desc.Pruned == nil {
		if backbone == "" {
			backbone = desc.Backbone
		}
		src, err := OpenSource(backbone, opt)
		if err != nil {
			return nil, err
		}
		desc.Backbone = src.Name
		return Load(be, src, desc.Seed)
	}
	if desc.Config == nil {
		return nil, fmt.Errorf("%s: a pruned model without its configuration", path)
	}
	tok, err := tokenizerBeside(path, desc.Backbone, opt)
	if err != nil {
		return nil, err
	}
	m, err := build(be, *desc.Config, desc.Pruned.Widths)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.Tokenizer = tok
	for _, p := range m.params {
		if err := m.read(p, f, backbonePrefix+p.Name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// tokenizerBeside finds a pruned model's tokenizer in its own directory, else in its backbone.
func tokenizerBeside(path, backbone string, opt SourceOptions) (*bpe.Tokenizer, error) {
	dir := os.DirFS(filepath.Dir(path))
	for _, name := range []string{"tokenizer.json", "vocab.json"} {
		if _, err := fs.Stat(dir, name); err == nil {
			return bpe.Load(dir)
		}
	}
	src, err := OpenSource(backbone, opt)
	if err != nil {
		return nil, fmt.Errorf("the pruned model's tokenizer: %w", err)
	}
	return bpe.Load(src.FS)
}

// ErrNoTokenizer is what [CopyTokenizer] returns where there is nothing to copy.
var ErrNoTokenizer = errors.New("no tokenizer files there")

// CopyTokenizer writes the tokenizer files of src into dir, so that a pruned model needs nothing else.
func CopyTokenizer(dir string, src fs.FS) error {
	copied := false
	for _, name := range []string{"tokenizer.json", "vocab.json", "merges.txt"} {
		data, err := fs.ReadFile(src, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = safetensors.WriteFile(filepath.Join(dir, name), data)
		}
		if err != nil {
			return err
		}
		copied = true
	}
	if !copied {
		return ErrNoTokenizer
	}
	return nil
}
