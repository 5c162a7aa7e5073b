package roberta

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// hubCache is the directory where Hugging Face's tools keep models, and the variable that says so.
func hubCache() (dir, why string, err error) {
	home, homeErr := os.UserHomeDir()
	for _, v := range []struct{ name, below string }{
		{"HF_HUB_CACHE", ""}, {"HUGGINGFACE_HUB_CACHE", ""}, {"HF_HOME", "hub"}, {"XDG_CACHE_HOME", "huggingface/hub"},
	} {
		value := os.Getenv(v.name)
		if value == "" {
			continue
		}
		if value == "~" || strings.HasPrefix(value, "~/") {
			value = home + value[1:]
		}
		return filepath.Join(value, filepath.FromSlash(v.below)), v.name, nil
	}
	if homeErr != nil {
		return "", "", errors.New("no home directory to look for a Hugging Face cache in; set HF_HOME")
	}
	return filepath.Join(home, ".cache", "huggingface", "hub"), "the default place", nil
}

func openHub(name string, random bool) (*Source, error) {
	parts := hubName.FindStringSubmatch(name)
	if parts == nil {
		return nil, errors.New("neither a directory nor a name on the hub; " + otherwise)
	}
	cache, why, err := hubCache()
	if err != nil {
		return nil, err
	}
	names, revision := hubNames(parts[1], parts[2]), parts[3]
	var problems []error
	var folders []string
	for _, full := range names {
		folder := "models--" + strings.ReplaceAll(full, "/", "--")
		folders = append(folders, folder)
		repo := filepath.Join(cache, folder)
		if st, err := os.Stat(repo); err != nil || !st.IsDir() {
			continue
		}
		commit, err := findSnapshot(repo, revision)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", repo, err))
			continue
		}
		dir := filepath.Join(repo, "snapshots", commit)
		s, err := openDir(dir, random)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", dir, err))
			continue
		}
		s.Name = full + "@" + commit
		return s, nil
	}
	if problems != nil {
		return nil, fmt.Errorf("%w; fetch it with: hf download %s; or %s", oneLine(problems), names[0], otherwise)
	}
	return nil, fmt.Errorf("no directory of that name here, and not in the local Hugging Face cache %s (%s; looked for %s), "+
		"where another program may put it: hf download %s; or %s", cache, why, strings.Join(folders, " and "), names[0], otherwise)
}

func oneLine(problems []error) error {
	err := problems[0]
	for _, p := range problems[1:] {
		err = fmt.Errorf("%w; %w", err, p)
	}
	return err
}

// findSnapshot is the commit that a revision names: main where none is given, or the only one there.
func findSnapshot(repo, revision string) (string, error) {
	commits, err := snapshots(repo)
	if err != nil {
		return "", err
	}
	if len(commits) == 0 {
		return "", errors.New("no snapshot in it: the download did not end")
	}
	ref := revision
	if ref == "" {
		ref = "main"
	}
	if !filepath.IsLocal(filepath.FromSlash(ref)) {
		return "", fmt.Errorf("%q is no revision", ref)
	}
	text, err := os.ReadFile(filepath.Join(repo, "refs", filepath.FromSlash(ref)))
	commit := strings.TrimSpace(string(text))
	switch {
	case err == nil && slices.Contains(commits, commit):
		return commit, nil
	case err == nil && revision != "":
		return "", fmt.Errorf("revision %s is commit %.40q, which is not there, only %s", revision, commit, strings.Join(commits, ", "))
	case revision != "" && slices.Contains(commits, revision):
		return revision, nil
	case revision != "":
		return "", fmt.Errorf("revision %s is not there, only %s", revision, strings.Join(commits, ", "))
	case len(commits) == 1:
		return commits[0], nil
	}
	return "", fmt.Errorf("refs/main names none of its revisions %s: choose one with NAME@REVISION", strings.Join(commits, ", "))
}

// snapshots lists the commits, sorted.
func snapshots(repo string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(repo, "snapshots"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var commits []string
	for _, e := range entries {
		if e.IsDir() {
			commits = append(commits, e.Name())
		}
	}
	return commits, err
}
