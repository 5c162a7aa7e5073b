package hub

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// DefaultEndpoint is the hub that is asked unless HF_ENDPOINT names another.
const DefaultEndpoint = "https://huggingface.co"

// CacheDir is the directory where Hugging Face's tools keep models, and the variable that says so.
func CacheDir() (dir, why string, err error) {
	return place("hub", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
}

// place is a file or directory of Hugging Face's own: what one of the variables names, else name within the home of its tools.
func place(name string, variables ...string) (dir, why string, err error) {
	home, homeErr := os.UserHomeDir()
	expand := func(s string) string {
		if s == "~" || strings.HasPrefix(s, "~/") {
			s = home + s[1:]
		}
		return os.ExpandEnv(s)
	}
	for _, v := range variables {
		if s := os.Getenv(v); s != "" {
			return filepath.Clean(expand(s)), v, nil
		}
	}
	if s := os.Getenv("HF_HOME"); s != "" {
		return filepath.Join(expand(s), name), "HF_HOME", nil
	}
	if s := os.Getenv("XDG_CACHE_HOME"); s != "" {
		return filepath.Join(expand(s), "huggingface", name), "XDG_CACHE_HOME", nil
	}
	if homeErr != nil {
		return "", "", errors.New("no home directory to look for a Hugging Face cache in; set HF_HOME")
	}
	return filepath.Join(home, ".cache", "huggingface", name), "the default place", nil
}

// Offline is the variable that forbids the network, if one does.
func Offline() string {
	for _, v := range []string{"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"} {
		if isTrue(v) {
			return v
		}
	}
	return ""
}

func isTrue(variable string) bool {
	switch strings.ToUpper(os.Getenv(variable)) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}

func endpoint() string {
	if s := strings.TrimRight(os.Getenv("HF_ENDPOINT"), "/"); s != "" {
		return s
	}
	return DefaultEndpoint
}

// token is the user's, and where it is from.
func token() (secret, from string) {
	if isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
		return "", ""
	}
	for _, v := range []string{"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
		if s := clean(os.Getenv(v)); s != "" {
			return s, v
		}
	}
	path, _, err := place("token", "HF_TOKEN_PATH")
	if err != nil {
		return "", ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", "" // nobody logged in
	}
	return clean(string(text)), path
}

func clean(token string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(token))
}

// seconds is a duration that a variable sets.
func seconds(variable string, otherwise time.Duration) time.Duration {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	return otherwise
}
