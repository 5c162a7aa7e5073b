package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// meta is what the hub says of a file before it is downloaded.
type meta struct {
	commit string
	etag   string // sha256 of a file in large-file storage, git's sha1 of any other
	size   int64  // -1: unknown
}

var etagName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$`)

// address is a file's on the hub.
func (r *Repo) address(file string) string {
	revision := r.Revision
	if r.Commit != "" {
		revision = r.Commit
	}
	return r.c.Endpoint + "/" + r.Name + "/resolve/" + url.PathEscape(revision) + "/" + (&url.URL{Path: file}).EscapedPath()
}

// head asks for a file's commit, checksum and size. The hub says so itself: redirects to a store elsewhere are not followed.
func (r *Repo) head(ctx context.Context, file string) (*meta, error) {
	var m *meta
	err := r.retry(ctx, file, func() (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, r.c.answer())
		defer cancel()
		all := http.Header{}
		resp, err := r.follow(ctx, http.MethodHead, r.address(file), nil, true, all)
		if err != nil {
			return false, err
		}
		resp.Body.Close()
		if resp.StatusCode >= 400 {
			if commit := resp.Header.Get("X-Repo-Commit"); resp.Header.Get("X-Error-Code") == "EntryNotFound" && commitName.MatchString(commit) {
				r.noteMissing(file, commit)
			}
			return false, r.failed(resp, file)
		}
		m = &meta{commit: all.Get("X-Repo-Commit"), etag: all.Get("X-Linked-Etag"), size: -1}
		if m.etag == "" {
			m.etag = resp.Header.Get("ETag")
		}
		m.etag = strings.Trim(strings.TrimPrefix(m.etag, "W/"), `"`)
		if n, err := strconv.ParseInt(all.Get("X-Linked-Size"), 10, 64); err == nil {
			m.size = n
		} else if resp.StatusCode == http.StatusOK {
			m.size = resp.ContentLength
		}
		switch {
		case !commitName.MatchString(m.commit):
			return false, &refusal{fmt.Sprintf("%s answers without the commit of %s (X-Repo-Commit): it is no Hugging Face hub, or a proxy in between changes answers; check HF_ENDPOINT",
				r.c.Endpoint, r.Name)}
		case !etagName.MatchString(m.etag):
			return false, &refusal{fmt.Sprintf("%s gives no checksum for %s of %s (ETag %.40q)", r.c.Endpoint, file, r.Name, m.etag)}
		}
		return false, nil
	})
	return m, err
}

// failed is the error of an answer with a status of 400 or more.
func (r *Repo) failed(resp *http.Response, file string) error {
	if home, err := url.Parse(r.c.Endpoint); err == nil && resp.Request.URL.Host != home.Host {
		// A store refuses signed addresses once they have run out: the hub gives another one.
		return &passing{status: resp.Status + " from " + resp.Request.URL.Host, after: retryAfter(resp.Header)}
	}
	if err := r.refused(resp, file); err != nil {
		return err
	}
	return &passing{status: resp.Status, after: retryAfter(resp.Header)}
}

// follow sends a request and follows its redirects by hand: the token stays with the hub, where Go's client would also give it to subdomains, and
// signed addresses of stores refuse a second authorisation. all collects the first value of each header on the way.
func (r *Repo) follow(ctx context.Context, method, address string, header http.Header, stay bool, all http.Header) (*http.Response, error) {
	home, err := url.Parse(r.c.Endpoint)
	if err != nil {
		return nil, &refusal{fmt.Sprintf("HF_ENDPOINT: %v", err)}
	}
	client := *r.c.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for range 10 {
		req, err := http.NewRequestWithContext(ctx, method, address, nil)
		if err != nil {
			return nil, &refusal{fmt.Sprintf("%v: check HF_ENDPOINT", err)}
		}
		req.Header.Set("Accept-Encoding", "identity") // sizes and ranges are the file's
		req.Header.Set("User-Agent", "skillneuron; go")
		for k, v := range header {
			req.Header[k] = v
		}
		atHome := req.URL.Host == home.Host && req.URL.Scheme == home.Scheme
		if r.c.Token != "" && atHome {
			req.Header.Set("Authorization", "Bearer "+r.c.Token)
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		for k := range resp.Header {
			if all.Get(k) == "" {
				all.Set(k, resp.Header.Get(k))
			}
		}
		if resp.StatusCode < 300 || resp.StatusCode >= 400 || resp.StatusCode == http.StatusNotModified {
			return resp, nil
		}
		next, err := resp.Location()
		if err != nil {
			resp.Body.Close()
			return nil, &refusal{fmt.Sprintf("%s redirects to nowhere", r.c.Endpoint)}
		}
		if stay && next.Host != home.Host {
			return resp, nil
		}
		resp.Body.Close()
		address = next.String()
	}
	return nil, &refusal{fmt.Sprintf("%s redirects in a circle", r.c.Endpoint)}
}

// passing is a failure that may be over soon.
type passing struct {
	status string
	after  time.Duration // how long the server asks to wait; 0: it does not say
}

func (e *passing) Error() string { return "answers " + e.status }

// Waits between tries, and the longest one that a server may ask for.
const (
	firstWait   = time.Second
	longestWait = 8 * time.Second
	patience    = 10 * time.Minute
)

// retry calls try until it succeeds or fails for good, Tries times in a row without progress.
func (r *Repo) retry(ctx context.Context, file string, try func() (progress bool, err error)) error {
	wait := firstWait
	for n := 1; ; n++ {
		progress, err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var no *refusal
		if errors.As(err, &no) || errors.Is(err, ErrNoFile) || errors.As(err, new(*localError)) {
			return err
		}
		if progress {
			n, wait = 1, firstWait
		}
		var p *passing
		pause := wait
		if errors.As(err, &p) && p.after > 0 {
			if pause = p.after; pause > patience {
				return fmt.Errorf("%s %w and asks to wait %s: try again then", r.c.Endpoint, err, pause.Round(time.Second))
			}
		} else {
			wait = min(2*wait, longestWait)
		}
		var dns *net.DNSError
		if n >= cmp.Or(r.c.Tries, defaultTries) || errors.As(err, &dns) && (dns.IsNotFound || n >= 2) {
			return fmt.Errorf("%s of %s does not come from %s: %w (tries: %d); try again later, which goes on from what has come", file, r.Name, r.c.Endpoint, unreachable(err), n)
		}
		r.c.log().Warn("a download is tried again", "file", file, "model", r.Name, "error", unreachable(err).Error(), "wait", pause)
		if err := r.c.wait(ctx, pause); err != nil {
			return err
		}
	}
}

var rateLimit = regexp.MustCompile(`;\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)`)

// retryAfter reads how long to wait: the hub's own RateLimit header when its quota is used up, or Retry-After in seconds or as a date.
func retryAfter(h http.Header) time.Duration {
	if m := rateLimit.FindStringSubmatch(h.Get("RateLimit")); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return time.Duration(n+1) * time.Second // the header rounds down
		}
	}
	s := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(0, time.Until(t))
	}
	return 0
}

var errStalled = errors.New("no data came for a while")

// stalling is a body whose reads fail when nothing comes for some time.
type stalling struct {
	body   io.ReadCloser
	timer  *time.Timer
	after  time.Duration
	cancel context.CancelCauseFunc
	ctx    context.Context
}

func (s *stalling) Read(p []byte) (int, error) {
	s.timer.Reset(s.after)
	n, err := s.body.Read(p)
	s.timer.Stop()
	if err != nil && err != io.EOF && context.Cause(s.ctx) == errStalled {
		err = errStalled
	}
	return n, err
}
