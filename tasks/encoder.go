package tasks

import (
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// encoder turns texts into sentences of a batch, within a hand-written prompt where there is one.
type encoder struct {
	model  *roberta.Model
	layout *dataset.Layout // nil: no hand-written prompt
	concat bool            // pairs are joined with nothing between, as in the original
}

func newEncoder(m *roberta.Model, desc roberta.Tuned) (encoder, error) {
	if desc.Template == "" {
		return encoder{model: m, concat: desc.Concat}, nil
	}
	t, err := dataset.ParseTemplate(desc.Template)
	if err != nil {
		return encoder{}, err
	}
	l, err := t.Layout(m.Tokenizer, m.MaxTokens())
	return encoder{model: m, layout: l}, err
}

// encode makes the tokens of a text or a pair, truncated to what the model takes: the longer text of a pair is cut first; concat joins them to one text, which is
// cut at its end.
func (e encoder) encode(t text) dataset.Prompted {
	n := e.model.MaxTokens()
	switch {
	case e.layout != nil:
		return e.layout.Encode(t.a, t.b)
	case t.pair && !e.concat:
		return dataset.Prompted{IDs: e.model.Tokenizer.EncodePairTruncated(t.a, t.b, n)}
	}
	return dataset.Prompted{IDs: e.model.Tokenizer.EncodeTruncated(t.a+t.b, n)}
}

// add appends an encoded text to a batch.
func (e encoder) add(b *roberta.Batch, p dataset.Prompted, example int) {
	if e.layout != nil {
		b.AddWritten(p.IDs, p.Own, e.layout.Mask(), example)
		return
	}
	b.Add(p.IDs, example)
}

// promptRows is P: the rows of the prompt, soft or hand-written; 0 without one.
func (e encoder) promptRows() int {
	if e.layout != nil {
		return e.layout.Own()
	}
	return e.model.PromptRows()
}

// text is one text or a pair.
type text struct {
	a, b string
	pair bool
}
