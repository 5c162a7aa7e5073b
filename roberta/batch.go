package roberta

import "github.com/skillneuron/skillneuron/engine"

// Batch is a ragged batch: the rows of all its sentences one behind the other, no padding.
type Batch struct {
	IDs     []int32 // [R] word ids; -1-k is prompt row k
	Pos     []int32 // [R] position ids
	Off     []int32 // [S+1] first row of each sentence
	Example []int32 // [S] the sentence's number in its data set: noise and dropout are drawn for it
	At      []int32 // [S] the row where a classifier reads
	Prompt  []int32 // [S·P] rows of the prompt, soft or hand-written, ascending within a sentence
	m       *Model
}

// NewBatch returns an empty batch for m.
func (m *Model) NewBatch() *Batch {
	return &Batch{m: m, Off: []int32{0}}
}

// Reset empties the batch.
func (b *Batch) Reset() {
	b.IDs, b.Pos, b.Off, b.Example = b.IDs[:0], b.Pos[:0], b.Off[:1], b.Example[:0]
	b.At, b.Prompt = b.At[:0], b.Prompt[:0]
}

// Add appends a sentence of token ids (with <s> and </s>), behind the mask row and the prompt where the model has one. It is read at its first
// row: the mask's, else <s>. The ids' count is at most MaxTokens, and every id lies within the vocabulary.
func (b *Batch) Add(ids []int32, example int) {
	first := int32(b.Rows())
	b.At = append(b.At, first)
	for k := range b.m.promptRows {
		b.Prompt = append(b.Prompt, first+int32(k))
	}
	b.add(ids, example)
}

// AddWritten appends a sentence within a hand-written prompt, whose own tokens stand at own, ascending; it is read at own[mask]. The model has no
// prompt of its own.
func (b *Batch) AddWritten(ids, own []int32, mask, example int) {
	if b.m.promptRows > 0 || mask < 0 || mask >= len(own) {
		engine.Fail("batch", "read at token %d of a prompt of %d, behind a soft prompt of %d rows", mask, len(own), b.m.promptRows)
	}
	first := int32(b.Rows())
	for k, at := range own {
		if at < 0 || int(at) >= len(ids) || k > 0 && at <= own[k-1] {
			engine.Fail("batch", "prompt tokens at %v of %d", own, len(ids))
		}
		b.Prompt = append(b.Prompt, first+at)
	}
	b.At = append(b.At, first+own[mask])
	b.add(ids, example)
}

func (b *Batch) add(ids []int32, example int) {
	c := b.m.Config
	if len(ids) == 0 || len(ids) > b.m.MaxTokens() {
		engine.Fail("batch", "%d tokens, the model takes 1 to %d", len(ids), b.m.MaxTokens())
	}
	pos := int32(c.PadTokenID)
	for k := range b.m.promptRows {
		id := b.m.Tokenizer.Mask()
		if k > 0 {
			id = -int32(k)
		}
		pos++
		b.IDs, b.Pos = append(b.IDs, id), append(b.Pos, pos)
	}
	for _, id := range ids {
		if id < 0 || int(id) >= c.VocabSize {
			engine.Fail("batch", "token id %d of %d", id, c.VocabSize)
		}
		p := int32(c.PadTokenID)
		if b.m.promptRows > 0 || id != p {
			pos++
			p = pos
		}
		b.IDs, b.Pos = append(b.IDs, id), append(b.Pos, p)
	}
	b.Off = append(b.Off, int32(len(b.IDs)))
	b.Example = append(b.Example, int32(example))
}

// Len is S, the number of sentences.
func (b *Batch) Len() int { return len(b.Off) - 1 }

// Rows is R.
func (b *Batch) Rows() int { return len(b.IDs) }
