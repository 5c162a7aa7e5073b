package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/skillneuron/skillneuron/roberta"
)

// masked are the sentences that show the backbone at work before any tuning.
var masked = []string{
	"The acting was brilliant and the story moving: I <mask> this film.",
	"A dull, lifeless film, and the ending was even more <mask>.",
}

func (d *demo) fillMasks(context.Context) error {
	d.heading("What the backbone does by itself", "It guesses the word behind <mask>. Nothing has been tuned yet.")
	src, err := roberta.OpenSource(d.Backbone, roberta.SourceOptions{Mini: d.Mini})
	if err != nil {
		return err
	}
	m, err := roberta.Load(d.be, src, *d.Seed)
	if err != nil {
		return err
	}
	for _, text := range masked {
		fills, err := m.FillMask(text, 4)
		if err != nil {
			return err
		}
		f := Fill{Text: text}
		var words []string
		for _, w := range fills[0] {
			word := strings.TrimSpace(strings.ReplaceAll(w.Token, "Ġ", " "))
			f.Words = append(f.Words, FillWord{word, w.Probability})
			words = append(words, fmt.Sprintf("%s %s", word, percent(w.Probability)))
		}
		d.r.Fills = append(d.r.Fills, f)
		d.say("  %s\n      %s", text, strings.Join(words, " · "))
	}
	return nil
}
