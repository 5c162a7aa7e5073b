package hubtest

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Server plays a hub, and the store elsewhere to which it redirects for large files.
type Server struct {
	URL string // of the hub: HF_ENDPOINT

	// Fault, if set, sees every request first, of the hub and of the store, and answers it where it returns true.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	hub, store *httptest.Server
	mu         sync.Mutex
	repos      map[string]*repo
	moved      map[string]string
	seen       []string
}

type repo struct {
	commit string
	token  string // who has it may read; empty: everybody
	gated  bool
	refs   map[string]string
	files  map[string]file
}

type file struct {
	data []byte
	etag string
	lfs  bool
}

// New starts a server; Close ends it.
func New() *Server {
	s := &Server{repos: map[string]*repo{}, moved: map[string]string{}}
	s.hub = httptest.NewServer(http.HandlerFunc(s.serveHub))
	s.store = httptest.NewServer(http.HandlerFunc(s.serveStore))
	s.URL = s.hub.URL
	return s
}

// Close ends the server, and connections that still wait.
func (s *Server) Close() {
	s.hub.CloseClientConnections()
	s.store.CloseClientConnections()
	s.hub.Close()
	s.store.Close()
}

// Add puts a model up at a new commit, which it returns; main stands there then. Names that end in .safetensors or .bin are in large-file storage.
func (s *Server) Add(name string, files map[string][]byte) (commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[name]
	if r == nil {
		r = &repo{refs: map[string]string{}}
		s.repos[name] = r
	}
	r.files = map[string]file{}
	all := sha1.New()
	for f, data := range files {
		x := file{data: data, etag: gitSum(data)}
		if x.lfs = strings.HasSuffix(f, ".safetensors") || strings.HasSuffix(f, ".bin"); x.lfs {
			sum := sha256.Sum256(data)
			x.etag = hex.EncodeToString(sum[:])
		}
		r.files[f] = x
	}
	fmt.Fprint(all, name, len(files), len(r.refs), r.commit)
	r.commit = hex.EncodeToString(all.Sum(nil))
	r.refs["main"] = r.commit
	return r.commit
}

// Private lets only who has the token read a model; gated says so where others only hear that there is none.
func (s *Server) Private(name, token string, gated bool) {
	s.repos[name].token, s.repos[name].gated = token, gated
}

// Ref makes a branch or a tag.
func (s *Server) Ref(name, ref, commit string) { s.repos[name].refs[ref] = commit }

// Moved redirects an old name to a new one.
func (s *Server) Moved(from, to string) { s.moved[from] = to }

// Requests lists what was asked, as "GET hub /ORG/NAME/resolve/main/config.json Range", and forgets it.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.seen
	s.seen = nil
	return out
}

func (s *Server) note(where string, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, strings.TrimSpace(strings.Join([]string{r.Method, where, r.URL.Path, r.Header.Get("Range")}, " ")))
}

func gitSum(data []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Error-Code", code)
	w.Header().Set("X-Error-Message", message)
	w.WriteHeader(status)
}

// serveHub answers /ORG/NAME/resolve/REVISION/FILE, and the address on the hub itself to which small files are redirected.
func (s *Server) serveHub(w http.ResponseWriter, r *http.Request) {
	s.note("hub", r)
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	path := strings.Trim(r.URL.EscapedPath(), "/")
	cached := strings.HasPrefix(path, "api/resolve-cache/models/")
	name, rest, ok := strings.Cut(strings.TrimPrefix(path, "api/resolve-cache/models/"), "/resolve/")
	revision, file, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		http.NotFound(w, r)
		return
	}
	revision, _ = url.PathUnescape(revision)
	file, _ = url.PathUnescape(file)
	s.mu.Lock()
	defer s.mu.Unlock()
	if to, ok := s.moved[name]; ok {
		http.Redirect(w, r, "/"+to+"/resolve/"+rest, http.StatusTemporaryRedirect)
		return
	}
	repo := s.repos[name]
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case repo == nil && token == "":
		fail(w, http.StatusUnauthorized, "RepoNotFound", "Invalid username or password.")
		return
	case repo == nil:
		fail(w, http.StatusNotFound, "RepoNotFound", "Repository not found")
		return
	case repo.token != "" && repo.token != token && repo.gated:
		fail(w, map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[token == ""], "GatedRepo", "Access to model "+name+" is restricted.")
		return
	case repo.token != "" && repo.token != token:
		fail(w, http.StatusUnauthorized, "RepoNotFound", "Invalid username or password.")
		return
	}
	commit, ok := repo.refs[revision]
	if revision == repo.commit {
		commit, ok = repo.commit, true
	}
	if !ok {
		fail(w, http.StatusNotFound, "RevisionNotFound", "Invalid rev id: "+revision)
		return
	}
	w.Header().Set("X-Repo-Commit", commit)
	f, ok := repo.files[file]
	if !ok {
		fail(w, http.StatusNotFound, "EntryNotFound", "Entry not found")
		return
	}
	switch {
	case f.lfs:
		w.Header().Set("X-Linked-Etag", `"`+f.etag+`"`)
		w.Header().Set("X-Linked-Size", fmt.Sprint(len(f.data)))
		w.Header().Set("Location", s.store.URL+"/"+name+"/"+file+"?Signature=good")
		w.WriteHeader(http.StatusFound)
		fmt.Fprint(w, "Found. Redirecting")
	case !cached:
		w.Header().Set("X-Linked-Etag", `"`+f.etag+`"`)
		w.Header().Set("Location", "/api/resolve-cache/models/"+name+"/resolve/"+commit+"/"+file)
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		w.Header().Set("ETag", `"`+f.etag+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
	}
}

// serveStore answers signed addresses. As object stores do, it refuses a second authorisation beside the signature, and its ETag is its own.
func (s *Server) serveStore(w http.ResponseWriter, r *http.Request) {
	s.note("store", r)
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	parts := strings.SplitN(strings.Trim(r.URL.Path, "/"), "/", 3)
	if r.Header.Get("Authorization") != "" || r.URL.Query().Get("Signature") != "good" || len(parts) != 3 {
		http.Error(w, "only one auth mechanism allowed", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	f := s.repos[parts[0]+"/"+parts[1]].files[parts[2]]
	s.mu.Unlock()
	w.Header().Set("ETag", `"multipart-7"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}

// Cut answers a request for data with the first n bytes of what it should get, and then breaks the connection.
func Cut(w http.ResponseWriter, data []byte, n int) {
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data[:n])
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}
