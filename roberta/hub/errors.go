package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// ErrNoFile is what [Repo.Fetch] returns where the repository does not have the file.
var ErrNoFile = errors.New("the repository has no such file")

// refusal is an answer that no second try changes.
type refusal struct{ msg string }

func (e *refusal) Error() string { return e.msg }

// refused says what an HTTP status means for the user; nil for one that may pass by itself.
func (r *Repo) refused(resp *http.Response, file string) error {
	code, says := resp.Header.Get("X-Error-Code"), plainText(resp.Header.Get("X-Error-Message"))
	c := r.c
	say := func(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }
	hint := "set HF_TOKEN to a token of an account that may read it (or run hf auth login)"
	if c.Token != "" {
		hint = "the token from " + c.TokenFrom + " does not help; set HF_TOKEN to one of an account that may read it"
	}
	switch status := resp.StatusCode; {
	case code == "EntryNotFound":
		return fmt.Errorf("%s of %s: %w", file, r.Name, ErrNoFile)
	case code == "RevisionNotFound":
		return say("%s on %s has no revision %s", r.Name, c.Endpoint, r.Revision)
	case code == "GatedRepo" || status == http.StatusForbidden && code == "":
		return say("access to %s is restricted (%s%s): ask for it at %s/%s, and %s", r.Name, resp.Status, says, c.Endpoint, r.Name, hint)
	case status == http.StatusForbidden:
		return say("%s refuses %s (%s%s); %s", c.Endpoint, r.Name, resp.Status, says, hint)
	case code == "RepoNotFound" || status == http.StatusUnauthorized:
		return say("%s has no model %s, or it is private (%s%s): check the name, or %s", c.Endpoint, r.Name, resp.Status, says, hint)
	case status == http.StatusNotFound:
		return say("%s has no %s of %s (%s%s): check the name, and HF_ENDPOINT if it is set", c.Endpoint, file, r.Name, resp.Status, says)
	case transient(status):
		return nil
	}
	return say("%s answers %s%s for %s of %s", c.Endpoint, resp.Status, says, file, r.Name)
}

func transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// plainText keeps a server's message to one short line.
func plainText(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' }), " ")
	if s == "" {
		return ""
	}
	return ": " + s[:min(len(s), 200)]
}

// unreachable says in words why a request failed, without the signed address that the standard error repeats.
func unreachable(err error) error {
	var u *url.Error
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return fmt.Errorf("the name %s cannot be resolved: is there a network, and is HF_ENDPOINT right?", dns.Name)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errStalled):
		return errors.New("no answer in time")
	case errors.As(err, &u):
		return u.Err
	}
	return err
}
