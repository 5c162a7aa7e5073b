package interchange

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// exported is a case of testdata/golden/check_export.py.
type exported struct {
	Name     string      `json:"name"`
	Kind     string      `json:"kind"` // custom, plain, peft or adapterhub
	Folder   string      `json:"folder"`
	Backbone string      `json:"backbone"`
	Tok      string      `json:"tokenizer"` // a folder
	Prompt   int         `json:"prompt_size"`
	Template string      `json:"template"`
	IDs      [][]int32   `json:"ids"`
	Limit    float64     `json:"limit"` // of a logit
	Texts    []string    `json:"texts"`
	Pairs    []string    `json:"pairs"` // second texts
	Logits   [][]float32 `json:"logits"`
}

// python is one with the modules, or the test is skipped.
func python(t *testing.T, modules string) string {
	t.Helper()
	name := os.Getenv("PYTHON")
	if name == "" {
		name = "python3"
	}
	if err := exec.CommandContext(t.Context(), name, "-c", "import "+modules).Run(); err != nil {
		t.Skipf("no Python with %s (PYTHON names another one): %s: %v", modules, name, err)
	}
	return name
}

// What is exported answers in Python, with the library it is for, as it does here.
func TestExport(t *testing.T) {
	if testing.Short() {
		t.Skip("short mode: starts Python")
	}
	interpreter := python(t, "torch, transformers")
	dir := t.TempDir()
	var cases []exported
	for name, backbone := range backbones(t) {
		limit := 2e-5 * golden.Open(t, name, "forward").Amplifies()
		for _, v := range variants {
			own := filepath.Join(dir, name, v.dirName())
			v.make(t, own, backbone)
			c := exported{Name: name + ", " + v.name, Kind: "custom", Backbone: backbone, Prompt: v.size, Template: v.desc.Template, IDs: v.desc.IDs, Texts: texts,
				Logits: logits(t, own, v.pairs), Tok: own + "-huggingface", Limit: limit}
			if v.plain() {
				c.Kind = "plain"
			}
			if v.pairs {
				for _, p := range pairsOf(texts) {
					c.Pairs = append(c.Pairs, p[1])
				}
			}
			as := map[string]string{"huggingface": c.Kind}
			switch {
			case v.method == roberta.Prompt && v.size > 0:
				as["peft"] = "peft"
			case v.method == roberta.Adapter:
				as["adapterhub"] = "adapterhub"
			}
			for kind, check := range as {
				one := c
				one.Kind, one.Folder = check, own+"-"+kind
				one.Name += ", " + kind
				convert(t, own, one.Folder, kind)
				cases = append(cases, one)
			}
		}
	}
	text, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cases.json"), string(text))
	script, err := filepath.Abs("../../testdata/golden/check_export.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), interpreter, script, filepath.Join(dir, "cases.json"))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "HF_HOME="+filepath.Join(dir, "hf"), "HF_HUB_OFFLINE=1")
	out, err := cmd.CombinedOutput()
	checked := 0
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "BAD") || strings.HasPrefix(line, "absent ") {
			t.Log(strings.TrimSpace(line))
			checked++
		}
	}
	if err != nil || checked == 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, library := range []string{"peft", "adapters"} {
		t.Run(library, func(t *testing.T) {
			if strings.Contains(string(out), "absent "+library) {
				t.Skipf("no Python with %s (PYTHON names another one)", library)
			}
		})
	}
}
