package hub

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Folder is the directory of a model within the cache: models--ORG--NAME.
func Folder(name string) string { return "models--" + strings.ReplaceAll(name, "/", "--") }

var commitName = regexp.MustCompile(`^[0-9a-f]{40}$`)

// Snapshot is the commit that a revision names in a model's directory: main where none is given, or the only one there.
func Snapshot(repo, revision string) (commit string, err error) {
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
	commit = strings.TrimSpace(string(text))
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
