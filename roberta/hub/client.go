package hub

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Client fetches from a hub into a cache. [New] takes both from the environment, as Python's huggingface_hub does.
type Client struct {
	Endpoint  string // https://huggingface.co
	Cache     string // directory
	Token     string // sent to the endpoint alone, never to where it redirects
	TokenFrom string // the variable or the file that it is from
	HTTP      *http.Client
	Progress  Progress     // nil: none
	Log       *slog.Logger // nil: silent

	// Limits of patience; zero stands for the defaults.
	Answer time.Duration // wait for a header: 10 s, or HF_HUB_ETAG_TIMEOUT
	Stall  time.Duration // wait for the next byte: 20 s, or HF_HUB_DOWNLOAD_TIMEOUT
	Tries  int           // in a row without a byte: 6

	sleep func(context.Context, time.Duration) error
}

const defaultTries = 6

// Progress hears how far a download has come, in MB. Package tasks/progress has the same interface.
type Progress interface {
	Start(what string, total int, unit string)
	Add(n int)
	Done()
}

// New is a client for the hub and the cache that the environment names: HF_ENDPOINT; HF_HUB_CACHE, HF_HOME; HF_TOKEN or the file that hf auth login
// wrote.
func New() (*Client, error) {
	cache, _, err := CacheDir()
	if err != nil {
		return nil, err
	}
	c := &Client{Endpoint: endpoint(), Cache: cache, HTTP: &http.Client{}}
	c.Token, c.TokenFrom = token()
	return c, nil
}

func (c *Client) log() *slog.Logger {
	if c.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Log
}

func (c *Client) answer() time.Duration {
	return cmp.Or(c.Answer, seconds("HF_HUB_ETAG_TIMEOUT", 10*time.Second))
}

func (c *Client) stall() time.Duration {
	return cmp.Or(c.Stall, seconds("HF_HUB_DOWNLOAD_TIMEOUT", 20*time.Second))
}

func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if c.sleep != nil {
		return c.sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Repo is a model on the hub at one commit.
type Repo struct {
	Name     string // ORG/NAME
	Revision string // as asked for; main where nothing was
	Commit   string // set by the first file that is found

	c *Client
}

// Repo names a model. Nothing is asked of the hub yet.
func (c *Client) Repo(name, revision string) *Repo {
	r := &Repo{Name: name, Revision: revision, c: c}
	if revision == "" {
		r.Revision = "main"
	}
	if commitName.MatchString(r.Revision) {
		r.Commit = r.Revision
	}
	return r
}

// Dir is the directory of the files at the repository's commit.
func (r *Repo) Dir() string { return filepath.Join(r.root(), "snapshots", r.Commit) }

func (r *Repo) root() string { return filepath.Join(r.c.Cache, Folder(r.Name)) }

// Fetch makes sure that a file stands in [Repo.Dir], downloading it unless the cache has it. Where the repository has no such file the error is
// [ErrNoFile]. All files are of one commit, the first one's.
func (r *Repo) Fetch(ctx context.Context, file string) error {
	if !filepath.IsLocal(filepath.FromSlash(file)) {
		return fmt.Errorf("%q is no name of a file in a repository", file)
	}
	if r.Commit != "" {
		if st, err := os.Stat(r.path(file)); err == nil && !st.IsDir() {
			return nil
		}
	}
	m, err := r.head(ctx, file)
	if err != nil {
		return err
	}
	if err := r.settle(m.commit); err != nil {
		return err
	}
	if st, err := os.Stat(r.path(file)); err == nil && !st.IsDir() {
		return nil
	}
	if err := r.blob(ctx, file, m); err != nil {
		return err
	}
	return nil
}

func (r *Repo) path(file string) string { return filepath.Join(r.Dir(), filepath.FromSlash(file)) }
