package roberta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/skillneuron/skillneuron/roberta/hub"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
)

// hubName is what the hub lets models be called, with a revision (a branch, a tag, a commit) if one is wanted.
var hubName = regexp.MustCompile(`^(?:([\w-][\w.-]*)/)?([\w-][\w.-]*)(?:@([\w-][\w./-]*))?$`)

// hubOwners are the organisations that models of the hub's first years, which had none, were given to; caches hold them under either name.
var hubOwners = map[string]string{
	"roberta-base":                 "FacebookAI",
	"roberta-large":                "FacebookAI",
	"roberta-large-mnli":           "FacebookAI",
	"roberta-base-openai-detector": "openai-community",
	"distilroberta-base":           "distilbert",
}

// hubNames lists the names under which the cache may hold a model.
func hubNames(org, model string) []string {
	owner, old := hubOwners[model]
	switch {
	case org == "" && old:
		return []string{owner + "/" + model, model}
	case org == "":
		return []string{model}
	case old && org == owner:
		return []string{org + "/" + model, model}
	}
	return []string{org + "/" + model}
}

// openHub finds a model in the local Hugging Face cache, else fetches it there. What the cache has is used as it is: the hub is not asked for a newer one.
func openHub(name string, bare bool, opt SourceOptions) (*Source, error) {
	parts := hubName.FindStringSubmatch(name)
	if parts == nil {
		return nil, errors.New("neither a directory nor a name on the hub; " + otherwise)
	}
	cache, why, err := hub.CacheDir()
	if err != nil {
		return nil, err
	}
	names, revision := hubNames(parts[1], parts[2]), parts[3]
	s, lack := fromCache(cache, why, names, revision, bare)
	if s != nil {
		return s, nil
	}
	switch v := hub.Offline(); {
	case opt.Hub == nil:
		return nil, fmt.Errorf("%w, where another program may put it: hf download %s; or %s", lack, names[0], otherwise)
	case v != "":
		return nil, fmt.Errorf("%w, and %s forbids to fetch it: unset that, or %s", lack, v, otherwise)
	}
	ctx := opt.Context
	if ctx == nil {
		ctx = context.Background()
	}
	s, err = fetch(ctx, opt.Hub, names[0], revision, bare)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("the download was interrupted; what has come is kept, and the next one goes on from there: %w", ctx.Err())
	case err != nil:
		return nil, fmt.Errorf("it is not in the local Hugging Face cache %s, and %w; or %s", opt.Hub.Cache, err, otherwise)
	}
	return s, nil
}

// fromCache finds a complete snapshot under one of the names, or says what the cache lacks.
func fromCache(cache, why string, names []string, revision string, bare bool) (*Source, error) {
	var problems []error
	var folders []string
	for _, full := range names {
		folders = append(folders, hub.Folder(full))
		repo := filepath.Join(cache, hub.Folder(full))
		if st, err := os.Stat(repo); err != nil || !st.IsDir() {
			continue
		}
		commit, err := hub.Snapshot(repo, revision)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", repo, err))
			continue
		}
		dir := filepath.Join(repo, "snapshots", commit)
		s, err := openDir(dir, bare)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", dir, err))
			continue
		}
		s.Name = full + "@" + commit
		return s, nil
	}
	if problems != nil {
		return nil, oneLine(problems)
	}
	return nil, fmt.Errorf("no directory of that name here, and not in the local Hugging Face cache %s (%s; looked for %s)",
		cache, why, strings.Join(folders, " and "))
}

// fetch downloads what a backbone needs: configuration, tokenizer and, unless it is to be bare, the weights, in safetensors where there are any.
func fetch(ctx context.Context, c *hub.Client, name, revision string, bare bool) (*Source, error) {
	repo := c.Repo(name, revision)
	if err := repo.Fetch(ctx, ConfigFile); err != nil {
		if errors.Is(err, hub.ErrNoFile) {
			err = fmt.Errorf("%w: no model of transformers", err)
		}
		return nil, err
	}
	// A model that is none of ours is refused before its weights come.
	if _, err := ReadConfig(os.DirFS(repo.Dir())); err != nil {
		return nil, fmt.Errorf("%s cannot be used: %w", name, err)
	}
	if err := firstOf(ctx, repo, []string{"tokenizer.json"}, []string{"vocab.json", "merges.txt"}); err != nil {
		return nil, err
	}
	if !bare {
		if err := fetchWeights(ctx, repo); err != nil {
			return nil, err
		}
	}
	s, err := openDir(repo.Dir(), bare)
	if err != nil {
		return nil, err
	}
	s.Name = name + "@" + repo.Commit
	return s, nil
}

// fetchWeights takes safetensors where the repository has them, else PyTorch's own format.
func fetchWeights(ctx context.Context, repo *hub.Repo) error {
	err := firstOf(ctx, repo, []string{safetensors.ModelFile}, []string{safetensors.IndexFile}, []string{torchfile.ModelFile}, []string{torchfile.IndexFile})
	if err != nil {
		return err
	}
	for _, x := range []struct {
		model, index string
		shards       func([]byte) ([]string, error)
	}{{safetensors.ModelFile, safetensors.IndexFile, safetensors.Shards}, {torchfile.ModelFile, torchfile.IndexFile, torchfile.Shards}} {
		dir := os.DirFS(repo.Dir())
		if exists(dir, x.model) || !exists(dir, x.index) {
			continue
		}
		text, err := fs.ReadFile(dir, x.index)
		if err != nil {
			return err
		}
		shards, err := x.shards(text)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", x.index, repo.Name, err)
		}
		return firstOf(ctx, repo, shards)
	}
	return nil
}

// firstOf fetches the first group of files that the repository has. Where it has none, the error is that of the first group.
func firstOf(ctx context.Context, repo *hub.Repo, groups ...[]string) error {
	var first error
	for _, files := range groups {
		var err error
		for _, f := range files {
			if err = repo.Fetch(ctx, f); err != nil {
				break
			}
		}
		if err == nil || !errors.Is(err, hub.ErrNoFile) {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

func oneLine(problems []error) error {
	err := problems[0]
	for _, p := range problems[1:] {
		err = fmt.Errorf("%w; %w", err, p)
	}
	return err
}
