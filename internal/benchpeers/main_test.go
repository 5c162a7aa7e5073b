package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every kind of work opens, runs and closes through the protocol, on a model that takes no time.
func TestEveryWorkRuns(t *testing.T) {
	s, err := newServer(options{root: "../..", threads: 2, tiny: true, quick: true})
	if err != nil {
		t.Fatal(err)
	}
	for name := range s.makers() {
		if name == "pipeline" && testing.Short() {
			continue
		}
		in := strings.NewReader(strings.ReplaceAll(`{"do":"open","work":"W"}`+"\n"+`{"do":"run","work":"W"}`+"\n"+`{"do":"close","work":"W"}`, "W", name))
		var out bytes.Buffer
		if err := s.serve(in, &out); err != nil {
			t.Fatal(err)
		}
		var a [3]answer
		d := json.NewDecoder(&out)
		for i := range a {
			if err := d.Decode(&a[i]); err != nil {
				t.Fatal(err)
			}
		}
		if a[0].Missing != "" {
			continue
		}
		if a[0].Error+a[1].Error+a[2].Error != "" || !(a[1].Seconds > 0) {
			t.Errorf("%s: %+v", name, a)
		}
		if c := a[0].Cost; name != "pipeline" && (c == nil || !(c.MultiplyAdds > 0 && c.Bytes > 0)) {
			t.Errorf("%s: cost %+v", name, c)
		}
	}
	if len(s.works) != 0 {
		t.Errorf("%d pieces of work stay open", len(s.works))
	}
}

func TestInputs(t *testing.T) {
	s, err := newServer(options{root: "../..", threads: 1, tiny: true, quick: true})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "inputs.json")
	if a, err := s.answer(request{Do: "inputs", Path: path}); err != nil {
		t.Fatal(a, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var in inputs
	if err := json.Unmarshal(text, &in); err != nil {
		t.Fatal(err)
	}
	// the first word of SST-2's dev file, "one", and the verbalizers negative and positive, as roberta-base's vocabulary numbers them
	if in.Score.IDs[0][0] != 0 || in.Score.IDs[0][1] != 1264 || in.Verbalizer[0] != 33407 || in.Verbalizer[1] != 22173 || in.Mask != 50264 {
		t.Errorf("first sentence %v, verbalizers %v, mask %d", in.Score.IDs[0], in.Verbalizer, in.Mask)
	}
	if len(in.Score.IDs) != 5 || len(in.Score.Labels) != 5 || len(in.Pipeline.Order) != 16 || len(in.Encoder) != 2 || len(in.Encoder[1]) != 8 {
		t.Errorf("sizes: %d %d %d %d", len(in.Score.IDs), len(in.Score.Labels), len(in.Pipeline.Order), len(in.Encoder))
	}
}

// The cost of roberta-base's encoder is the 85 million multiply-adds a token of its matrices, plus attention.
func TestForwardCost(t *testing.T) {
	c := options{}.config()
	const matrices = 12 * (4*768*768 + 2*768*3072)
	got := forwardCost(c, []int{128, 128}, how{}).MultiplyAdds
	if want := float64(256*matrices + 12*2*2*128*128*768); got != want {
		t.Errorf("%g multiply-adds, want %g", got, want)
	}
	// all rows of the last layer but its second half of the feed-forward block
	got -= forwardCost(c, []int{128, 128}, how{stop: true}).MultiplyAdds
	if want := float64(256 * 768 * 3072); got != want {
		t.Errorf("stopping at the activations saves %g, want %g", got, want)
	}
	// the last layer's queries, attention, output and feed-forward block are computed for one row of each sentence
	got = forwardCost(c, []int{128, 128}, how{}).MultiplyAdds - forwardCost(c, []int{128, 128}, how{rowsRead: first}).MultiplyAdds
	if want := float64(254*(2*768*768+2*768*3072) + 2*127*128*2*768); got != want {
		t.Errorf("reading one row saves %g, want %g", got, want)
	}
}

func TestServeNamesMistakes(t *testing.T) {
	s, err := newServer(options{root: "../..", threads: 1, tiny: true, quick: true})
	if err != nil {
		t.Fatal(err)
	}
	for request, want := range map[string]string{
		`{"do":"dance"}`:                "dance",
		`{"do":"open","work":"scores"}`: "score",
		`{"do":"run","work":"encoder"}`: "not open",
	} {
		var out bytes.Buffer
		if err := s.serve(strings.NewReader(request), &out); err != nil {
			t.Fatal(err)
		}
		var a answer
		if err := json.Unmarshal(out.Bytes(), &a); err != nil || !strings.Contains(a.Error, want) {
			t.Errorf("%s: %s %v", request, out.String(), err)
		}
	}
	if _, err := newServer(options{root: t.TempDir(), threads: 1}); err == nil || !strings.Contains(err.Error(), "-root") {
		t.Errorf("a directory that is not the repository: %v", err)
	}
}
