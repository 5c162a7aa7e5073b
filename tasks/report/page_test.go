package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// element is a start tag of the page with its attributes, and text inside it.
type element struct {
	name string
	attr map[string]string
	text string
}

// parse reads the page, which is well-formed XML too, and fails on tags that do not match.
func parse(t *testing.T, page string) []*element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	var all, open []*element
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			if len(open) > 0 {
				t.Fatalf("%s is never closed", open[len(open)-1].name)
			}
			return all
		}
		if err != nil {
			t.Fatalf("the page does not parse: %v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := &element{name: tok.Name.Local, attr: map[string]string{}}
			for _, a := range tok.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(tok)
			}
		}
	}
}

func find(all []*element, name string) (out []*element) {
	for _, e := range all {
		if e.name == name {
			out = append(out, e)
		}
	}
	return out
}

func TestPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "report")
	p := synthPage()
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	all := parse(t, page)

	// Nothing outside the folder is named.
	for _, bad := range []string{"http:", "https:", "src=\"//", "href=\"//", "@import", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	ids := map[string]bool{}
	for _, e := range all {
		if id := e.attr["id"]; id != "" {
			if ids[id] {
				t.Errorf("id %q stands twice", id)
			}
			ids[id] = true
		}
	}
	for _, e := range all {
		for _, name := range []string{"src", "href"} {
			ref, ok := e.attr[name]
			switch {
			case !ok || strings.HasPrefix(ref, "data:image/svg+xml;base64,"):
			case strings.HasPrefix(ref, "#"):
				if !ids[ref[1:]] {
					t.Errorf("link to %s leads nowhere", ref)
				}
			case !strings.HasPrefix(ref, "figures/"):
				t.Errorf("%s refers to %q", e.name, ref)
			}
		}
	}

	// Every picture is there, has words for those who do not see it, and is drawn.
	images := find(all, "img")
	if len(images) != 7 {
		t.Errorf("%d pictures on the page, want 7", len(images))
	}
	for _, img := range images {
		f, err := os.Open(filepath.Join(dir, filepath.FromSlash(img.attr["src"])))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.DecodeConfig(f)
		f.Close()
		if err != nil || fmt.Sprint(m.Width/Scale) != img.attr["width"] || fmt.Sprint(m.Height/Scale) != img.attr["height"] {
			t.Errorf("%s: %dx%d shown as %sx%s, %v", img.attr["src"], m.Width, m.Height, img.attr["width"], img.attr["height"], err)
		}
		if len(img.attr["alt"]) < 30 {
			t.Errorf("%s has the description %q", img.attr["src"], img.attr["alt"])
		}
	}
	if n := len(find(all, "figcaption")); n != 7 {
		t.Errorf("%d captions", n)
	}

	// Text is text: the sentence with markup in it came through, and made no element.
	if len(find(all, "script")) > 0 {
		t.Error("text became a script")
	}
	want := p.Sections[4].Blocks[0].(Cards)[1].Sentence
	if quotes := find(all, "blockquote"); len(quotes) != 2 || quotes[1].text != want {
		t.Errorf("%d sentences, or not what they were", len(quotes))
	}
	for _, text := range []string{"−18.3 [−21.0, −15.6]", "41 of 92 skill neurons fire; shown: the first 3.", "layer 4, unit 1032", "Every number comes from this run"} {
		if !strings.Contains(find(all, "body")[0].text, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	if n := len(find(all, "caption")); n != 1 {
		t.Errorf("%d table captions", n)
	}

	var names []string
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
		return err
	})
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "activation.png index.html layers.png perturb-zero.png pooling.png predictivity.png pruning.png training.png" {
		t.Errorf("files %s", got)
	}
}

func TestPageErrors(t *testing.T) {
	good := Figure{Name: "a", Picture: LayerPredictivity{Layers: [][]float64{{0.5}}}}
	for _, tc := range []struct {
		want   string
		blocks []Block
	}{
		{`figure "../x": a name has`, []Block{Figure{Name: "../x", Picture: good.Picture}}},
		{`figure "a" has no picture`, []Block{Figure{Name: "a"}}},
		{`two figures are named "a"`, []Block{good, good}},
		{`figure "b": predictivity by layer: no neurons`, []Block{good, Figure{Name: "b", Picture: LayerPredictivity{}}}},
		{`row 1 has 2 cells for 1 column`, []Block{Tables{{Columns: []string{"a"}, Rows: [][]string{{"1", "2"}}}}}},
		{`card 1 ("s"): probability NaN`, []Block{Cards{{Sentence: "s", Probability: math.NaN()}}}},
		{`neuron (1, 2): value 0 is NaN`, []Block{Cards{{Fired: []Fired{{Layer: 1, Index: 2, Activation: math.NaN()}}}}}},
		{`off: probability 1.5`, []Block{Cards{{Off: []Effect{{What: "off", Probability: 1.5}}}}}},
	} {
		dir := filepath.Join(t.TempDir(), "r")
		err := Page{Title: "T", Sections: []Section{{Title: "S", Blocks: tc.blocks}}}.Write(dir)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error %v, want %q", err, tc.want)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something was written: %v", tc.want, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (Page{Title: "T"}).Write(file); err == nil {
		t.Error("no error where the folder is a file")
	}
}

func TestEmptyPage(t *testing.T) {
	var b strings.Builder
	if err := (Page{Title: "only <b>"}).HTML(&b); err != nil {
		t.Fatal(err)
	}
	if h := find(parse(t, b.String()), "h1"); len(h) != 1 || h[0].text != "only <b>" {
		t.Errorf("heading %+v", h)
	}
}
