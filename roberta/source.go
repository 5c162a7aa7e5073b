package roberta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/skillneuron/skillneuron/roberta/hub"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
)

// Source is a backbone that can be loaded.
type Source struct {
	FS     fs.FS  // its directory: config.json, weights, tokenizer
	Name   string // what opens the very same source again, from anywhere on this machine
	Random bool   // take the configuration and the tokenizer only and draw the weights
}

// SourceOptions is what a program brings along.
type SourceOptions struct {
	Mini fs.FS // the built-in backbone, nil where it was left out
	// Hub brings models that the local Hugging Face cache lacks; nil: nothing is downloaded.
	Hub     *hub.Client
	Context context.Context // ends a download; nil: nothing does
	Bare    bool            // the configuration and the tokenizer are all that is wanted: weights may be missing, and do not come
}

const (
	miniName     = "mini"
	randomPrefix = "random:"
)

// OpenSource finds the backbone that name says:
//
//	mini          the built-in one
//	DIR           a directory in Hugging Face layout
//	random:NAME   the configuration and the tokenizer of any of these, with random weights
//	ORG/MODEL     a model of the Hugging Face hub, perhaps @REVISION; roberta-base and the like need no ORG
//
// A model of the hub is taken from the local cache, else downloaded into it if opt has a Hub and neither HF_HUB_OFFLINE nor TRANSFORMERS_OFFLINE is set. Errors say where was looked, which files are missing and what else can be given.
func OpenSource(name string, opt SourceOptions) (*Source, error) {
	plain, random := strings.CutPrefix(name, randomPrefix)
	s, err := openSource(plain, random || opt.Bare, opt)
	if err != nil {
		return nil, fmt.Errorf("backbone %q: %w", name, err)
	}
	if random {
		s.Name, s.Random = randomPrefix+s.Name, true
	}
	return s, nil
}

func openSource(name string, bare bool, opt SourceOptions) (*Source, error) {
	if name == miniName {
		if opt.Mini == nil {
			return nil, errors.New("this program was built without it (-tags nomini); give a directory with --backbone DIR")
		}
		return &Source{FS: opt.Mini, Name: miniName}, checkFiles(opt.Mini, bare)
	}
	if strings.HasPrefix(name, randomPrefix) {
		return nil, errors.New("random: stands there twice")
	}
	st, err := os.Stat(name)
	switch {
	case name == "":
		return nil, errors.New("no name; " + otherwise)
	case err == nil && st.IsDir():
		return openDir(name, bare)
	case err == nil:
		return nil, errors.New("is a file, want a directory in Hugging Face layout (config.json, model.safetensors, tokenizer.json)")
	case isPath(name):
		return nil, errors.New("no such directory; " + otherwise)
	}
	return openHub(name, bare, opt)
}

const otherwise = "give --backbone mini, which is built in, or --backbone DIR, a directory in Hugging Face layout"

// isPath tells what can only be a path from what may be a model of the hub.
func isPath(name string) bool {
	name, _, _ = strings.Cut(name, "@") // a revision may hold slashes
	return filepath.IsAbs(name) || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "/") ||
		strings.Contains(name, `\`) || strings.Count(name, "/") > 1
}

func openDir(dir string, bare bool) (*Source, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	fsys := os.DirFS(abs)
	if err := checkFiles(fsys, bare); err != nil {
		return nil, err
	}
	return &Source{FS: fsys, Name: abs}, nil
}

// checkFiles names what a directory lacks, before anything large is read.
func checkFiles(fsys fs.FS, bare bool) error {
	has := func(name string) bool { return exists(fsys, name) }
	var missing []string
	if !has(ConfigFile) {
		missing = append(missing, ConfigFile)
	}
	if !bare && !has(safetensors.ModelFile) && !has(safetensors.IndexFile) && !has(torchfile.ModelFile) && !has(torchfile.IndexFile) {
		missing = append(missing, safetensors.ModelFile+" (or "+safetensors.IndexFile+" with its shards, or "+torchfile.ModelFile+")")
	}
	vocab, merges := has("vocab.json"), has("merges.txt")
	switch {
	case has("tokenizer.json") || vocab && merges:
	case vocab:
		missing = append(missing, "merges.txt")
	case merges:
		missing = append(missing, "vocab.json")
	default:
		missing = append(missing, "tokenizer.json (or vocab.json and merges.txt)")
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("missing %s", strings.Join(missing, "; "))
}

// exists tells whether a directory has a file; a link of the cache to nowhere counts as missing.
func exists(fsys fs.FS, name string) bool {
	st, err := fs.Stat(fsys, name)
	return err == nil && !st.IsDir()
}
