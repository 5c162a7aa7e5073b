package report_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/tasks/report"
)

func Example() {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	curve := report.PerturbationCurve{Method: "set to zero", Metric: "accuracy", Split: "test", Points: []report.PerturbationPoint{
		{Share: 0, Skill: 0.80, Random: 0.80, RandomLow: 0.80, RandomTop: 0.80},
		{Share: 0.1, Skill: 0.61, Random: 0.78, RandomLow: 0.77, RandomTop: 0.79},
	}}
	page := report.Page{Title: "A run", Sections: []report.Section{{
		Title:  "Perturbation",
		Blocks: []report.Block{report.Figure{Name: "zero", Caption: "Skill against random neurons.", Picture: curve}},
	}}}
	if err := page.Write(dir); err != nil {
		fmt.Println(err)
		return
	}
	files, _ := filepath.Glob(filepath.Join(dir, "figures", "*"))
	fmt.Println(filepath.Base(files[0]))
	fmt.Println(curve.Describe())
	// Output:
	// zero.png
	// Curves of accuracy against the share of neurons whose activation is set to zero. With 10 % of the neurons the top skill neurons leave 61.0 %, as many random neurons leave 78.0 % (77.0 % to 79.0 %).
}

func ExampleCard_Text() {
	card := report.Card{
		Sentence: "a gorgeous , witty , seductive movie .", Label: "positive", Probability: 0.963, Gold: "positive",
		Fired:  []report.Fired{{Layer: 4, Index: 1032, Activation: 1.42, Threshold: 0.41, Label: "positive", Predictivity: 0.783}},
		Firing: 41, Skill: 92,
		Off: []report.Effect{{What: "top 10 % skill neurons off", Label: "negative", Probability: 0.58}},
	}
	_ = card.Text(os.Stdout)
	// Output:
	// a gorgeous , witty , seductive movie .
	//   prediction                     label               probability
	// ───────────────────────────────  ──────────────────  ───────────
	//   predicted (labelled positive)  positive                 96.3 %
	//   top 10 % skill neurons off     negative (changed)       58.0 %
	//
	//   skill neuron that fires  activation  baseline  speaks for  predictivity
	// ─────────────────────────  ──────────  ────────  ──────────  ────────────
	//   layer 4, unit 1032            1.420     0.410  positive          78.3 %
	//   41 of 92 skill neurons fire; shown: the first 1.
}
