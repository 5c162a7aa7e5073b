package interchange

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// What PEFT and AdapterHub's library saved (testdata/golden/foreign.py) answers here as it does there.
func TestForeign(t *testing.T) {
	limit := 2e-5 * golden.Open(t, "tiny", "forward").Amplifies()
	for name, method := range map[string]roberta.Method{"peft": roberta.Prompt, "adapterhub": roberta.Adapter, "adapterhub-safetensors": roberta.Adapter} {
		t.Run(name, func(t *testing.T) {
			from := filepath.Join("../../testdata/golden/interchange", name)
			text, err := os.ReadFile(filepath.Join(from, "expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				Texts  []string
				IDs    []int32
				Logits [][]float64
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			to := t.TempDir()
			r, err := Convert(t.Context(), Config{From: from, To: to, As: "ours", Backbone: backbones(t)["tiny"], Words: []string{"a", "b"}})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r.Notes)
			c, err := tasks.LoadClassifier(to, tasks.ClassifierOptions{})
			if err != nil {
				t.Fatal(err)
			}
			desc := c.Tuned()
			if desc.Method != method || desc.Task != "sst2" || method == roberta.Prompt && desc.PromptSize != 4 {
				t.Errorf("described as %+v", desc)
			}
			desc.IDs = roberta.ByClass[int32]{want.IDs[:1], want.IDs[1:]}
			if c, err = tasks.NewClassifier(c.Model(), desc); err != nil {
				t.Fatal(err)
			}
			got, err := c.Classify(want.Texts...)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range want.Logits {
				for k := range w {
					if x := float64(got[i].Logits[k]); !(math.Abs(x-w[k]) <= limit) {
						t.Errorf("text %d: logit %d is %v, want %v", i, k, x, w[k])
					}
				}
			}
		})
	}
}
