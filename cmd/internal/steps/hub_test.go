package steps

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta/hub/hubtest"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// tinyHub is a hub with the tiny backbone as org/tiny; the environment points to it and to an empty cache.
func tinyHub(t *testing.T) *hubtest.Server {
	t.Helper()
	files := map[string][]byte{}
	names, err := fs.Glob(golden.Tiny(), "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if files[name], err = fs.ReadFile(golden.Tiny(), name); err != nil {
			t.Fatal(err)
		}
	}
	s := hubtest.New()
	t.Cleanup(s.Close)
	s.Add("org/tiny", files)
	for name, value := range map[string]string{
		"HF_ENDPOINT": s.URL, "HF_HUB_CACHE": filepath.Join(t.TempDir(), "hub"), "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "", "HF_TOKEN": "",
		"HUGGING_FACE_HUB_TOKEN": "", "HF_TOKEN_PATH": filepath.Join(t.TempDir(), "none"),
	} {
		t.Setenv(name, value)
	}
	return s
}

// A backbone of the hub is downloaded by the step that first needs it; the later ones need no network.
func TestBackboneOfTheHub(t *testing.T) {
	workplace(t)
	s := tinyHub(t)
	must(t, "train --backbone org/tiny --data_path data --save_to out --bz 8 --epoch 1 --eval_every_step 3 --dropout 0 --prompt_size 4")
	if len(s.Requests()) == 0 {
		t.Error("nothing was asked of the hub")
	}
	s.Close()
	t.Setenv("HF_HUB_OFFLINE", "1")
	must(t, "probe --resume_from out -p --data_path data --probe_type acc_mean")
	r := failed(t, "train --backbone org/other --data_path data --save_to out2")
	has(t, "offline", r.stderr, "org/other", "HF_HUB_OFFLINE forbids", "--backbone mini")
	t.Setenv("HF_HUB_OFFLINE", "")
	s = tinyHub(t)
	r = failed(t, "train --backbone org/other --data_path data --save_to out2")
	has(t, "unknown", r.stderr, "no model org/other", s.URL, "HF_TOKEN", "--backbone mini", "--backbone DIR")
}

// failed is [run] of what has to fail with status 1 and one line.
func failed(t *testing.T, line string) result {
	t.Helper()
	r := run(t, line)
	if r.status != 1 || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("%s: status %d\n%s", line, r.status, r.stderr)
	}
	return r
}
