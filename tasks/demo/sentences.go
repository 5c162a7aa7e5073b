package demo

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report"
)

// shown are the sentences that everybody sees. They are ours, from no data set.
var shown = []string{
	"a warm and funny film that earns every tear .",
	"i want those two hours of my life back .",
	"the plot is thin , but the actors are wonderful .",
	"neither the jokes nor the songs are any good .",
}

const (
	looked  = 20 // skill neurons that a card looks at
	listed  = 5  // of those that fire
	offPart = 10 // percent of each layer's neurons switched off
)

// reader classifies sentences and looks at the skill neurons.
type reader struct {
	c             *tasks.Classifier
	skill         []SkillNeuron
	at            []tasks.Neuron
	words         []string
	top, anything *tasks.Perturbation
}

func (d *demo) newReader() (*reader, error) {
	c, err := tasks.LoadClassifier(d.Dir, tasks.ClassifierOptions{Mini: d.Mini, Backend: d.be})
	if err != nil {
		return nil, err
	}
	r := &reader{c: c, skill: d.grid.top(looked), words: d.words()}
	for _, s := range r.skill {
		r.at = append(r.at, tasks.Neuron{Layer: s.Layer, Index: s.Neuron, Row: s.Row})
	}
	mask, err := tasks.ReadMask(d.share(offPart))
	if err != nil {
		return nil, err
	}
	off := func(m tasks.Mask) *tasks.Perturbation {
		return &tasks.Perturbation{Kind: engine.EditZero, Mask: m, High: m.L}
	}
	r.top, r.anything = off(mask), off(tasks.RandomMask(mask, *d.Seed, 0))
	return r, nil
}

// card reads one sentence as it is, with the skill neurons off, and with as many random ones off.
func (r *reader) card(text string) (report.Card, error) {
	plain, err := r.c.Read([]string{text}, r.at, nil)
	if err != nil {
		return report.Card{}, err
	}
	a := plain[0]
	card := report.Card{Sentence: strings.ToValidUTF8(text, "�"), Label: a.Word, Probability: a.Probability, Skill: len(r.skill), Fired: []report.Fired{}}
	for i, s := range r.skill {
		if a.Activations[i] <= s.Threshold {
			continue
		}
		card.Firing++
		if len(card.Fired) < listed {
			card.Fired = append(card.Fired, report.Fired{
				Layer: s.Layer, Index: s.Neuron, Activation: float64(a.Activations[i]), Threshold: float64(s.Threshold),
				Label: r.words[s.Above], Predictivity: s.Predictivity,
			})
		}
	}
	for _, o := range []struct {
		what string
		pert *tasks.Perturbation
	}{{fmt.Sprintf("top %d %% skill neurons off", offPart), r.top}, {"as many random neurons off", r.anything}} {
		off, err := r.c.Read([]string{text}, nil, o.pert)
		if err != nil {
			return card, err
		}
		card.Off = append(card.Off, report.Effect{What: o.what, Label: off[0].Word, Probability: off[0].Probability})
	}
	return card, nil
}

func (d *demo) classify(ctx context.Context) error {
	d.heading("Single sentences", fmt.Sprintf("What the tuned model says, which of the %d best skill neurons fire, and what switching off the top %d %% of each layer changes.", looked, offPart))
	r, err := d.newReader()
	if err != nil {
		return err
	}
	for _, text := range shown {
		if err := ctx.Err(); err != nil {
			return err
		}
		card, err := r.card(text)
		if err != nil {
			return err
		}
		d.r.Sentences = append(d.r.Sentences, card)
		d.say("")
		_ = card.Text(d.Out)
	}
	return nil
}

// typed classifies what somebody types, until an empty line, the end of input or of ctx.
func (d *demo) typed(ctx context.Context) error {
	if d.In == nil {
		return nil
	}
	r, err := d.newReader()
	if err != nil {
		return err
	}
	d.say("\nType a sentence of your own; an empty line ends.")
	lines := make(chan string)
	// Reading a terminal cannot be called off: the goroutine ends with the program.
	go func() {
		defer close(lines)
		s := bufio.NewScanner(d.In)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			select {
			case lines <- strings.TrimSpace(s.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		fmt.Fprint(d.Out, "> ")
		select {
		case <-ctx.Done():
			return ctx.Err()
		case text, ok := <-lines:
			if !ok || text == "" {
				return nil
			}
			card, err := r.card(text)
			if err != nil {
				return err
			}
			_ = card.Text(d.Out)
		}
	}
}
