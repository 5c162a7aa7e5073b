package demo

import (
	"fmt"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/tasks/report"
)

// figures are the pictures that gather on the way.
type figures struct {
	training     report.TrainingCurve
	activation   report.ActivationHistogram
	predictivity report.PredictivityHistogram
	layers       report.LayerPredictivity
	curves       []report.PerturbationCurve
	pruning      report.PruneScores
}

func (d *demo) page() report.Page {
	r, f := d.r, &d.figs
	best := r.Neurons.Best[0]
	p := report.Page{
		Title: "Skill neurons of " + r.Backbone + " on SST-2",
		Lead: r.Note + "\n\n" + fmt.Sprintf("A prompt was tuned to tell positive from negative film reviews. Then every neuron was asked how well its activation alone tells the label: "+
			"the best of %s, chosen on the dev split, reaches %s on the test split; the whole model reaches %s, and always saying the commoner label %s.",
			amount.Commas(r.Neurons.Count), percent(best.Test), percent(r.Train.Test), percent(r.Train.Majority)),
		Closing: fmt.Sprintf("Every number stands in %s beside this page. The same seed on the same kernels gives the same numbers, but for times.", ResultFile),
	}
	figure := func(name, caption string, pic report.Picture) report.Figure {
		return report.Figure{Name: name, Caption: caption, Picture: pic}
	}
	tuning := report.Section{Title: "Tuning", Text: fmt.Sprintf("Before each sentence stand %s that were trained, %s numbers; the backbone stayed as it is. "+
		"Test accuracy %s, 95 %% interval %s.", amount.Of(d.PromptSize-1, "vector"), amount.Commas(r.Train.Trained), percent(r.Train.Test), limits(r.Train.TestInterval)),
		Blocks: []report.Block{figure("training", "The state with the best dev score is kept.", f.training)}}

	neurons := report.Section{Title: "Neurons", Text: fmt.Sprintf("A neuron guesses the label from whether its activation exceeds its average over the train split. "+
		"Half of all neurons are right for less than %s of the dev sentences, 99 %% for less than %s.", percent(r.Neurons.Median), percent(r.Neurons.Top1)),
		Blocks: []report.Block{
			figure("activation", "The neuron was chosen on dev; these are the test sentences.", f.activation),
			figure("predictivity", "Every neuron at its best prompt row. The axis is logarithmic: the few good ones are the point.", f.predictivity),
			figure("layers", "Where the skill sits.", f.layers),
			report.Tables{r.neuronTable()},
		}}

	perturbing := report.Section{Title: "Disturbing them", Text: "If the skill neurons carry the skill, disturbing them costs more than disturbing as many random ones. " +
		"Fixed before anything was measured: " + r.Plan.settings() + "."}
	for i := range r.Curves {
		c := &r.Curves[i]
		perturbing.Blocks = append(perturbing.Blocks, figure("perturb-"+c.Kind, c.Verdict, f.curves[i]), report.Tables{c.table()})
	}

	pruning := report.Section{Title: "Keeping only them", Text: "Neurons that go are frozen at their average: over the prompt's rows, as in the paper, or over the sentence's own rows.\n\n" + r.Speed.String(),
		Blocks: []report.Block{figure("pruning", "Bars: 95 % intervals over sentences.", f.pruning), report.Tables{d.pruneTable()}}}

	sentences := report.Section{Title: "Single sentences", Text: fmt.Sprintf("Which of the %d best skill neurons fire, and what switching off the top %d %% of each layer changes.", looked, offPart),
		Blocks: []report.Block{report.Cards(r.Sentences)}}

	p.Sections = []report.Section{tuning, neurons, perturbing, pruning, sentences,
		{Title: "All in one table", Blocks: []report.Block{report.Tables{r.Summary(), r.times()}}},
		{Title: "Commands to try", Blocks: []report.Block{r.Commands()}},
	}
	p.Facts = r.facts()
	return p
}

func (r *Result) neuronTable() report.Table {
	t := report.Table{Caption: "The ten most predictive neurons", Columns: []string{"neuron", "prompt row", "predictivity on dev", "fires for"}}
	for _, n := range r.Neurons.Top {
		t.Add(fmt.Sprintf("layer %d, unit %d", n.Layer, n.Neuron), n.Row, percent(n.Predictivity), r.Labels[n.Above])
	}
	return t
}

func (r *Result) facts() []report.Fact {
	var fills []string
	for _, f := range r.Fills {
		fills = append(fills, fmt.Sprintf("%s → %s", f.Text, f.Words[0].Word))
	}
	m := r.Machine
	return []report.Fact{
		{Name: "backbone", Value: r.Backbone}, {Name: "data", Value: r.DataPath}, {Name: "seed", Value: fmt.Sprint(r.Seed)},
		{Name: "plan", Value: r.Plan.Name + ": " + r.Chosen},
		{Name: "machine", Value: fmt.Sprintf("%s/%s, %s, %s on %s", m.OS, m.Arch, amount.Of(m.CPUs, "processor"), m.Device, amount.Of(m.Threads, "thread"))},
		{Name: "version", Value: m.Version + ", " + m.Go},
		{Name: "untuned backbone", Value: strings.Join(fills, " · ")},
	}
}
