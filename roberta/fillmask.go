package roberta

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Fill is a word that the model puts in place of <mask>.
type Fill struct {
	ID          int32
	Token       string  // as in the vocabulary: Ġ stands for a space
	Text        string  // the sentence with the word filled in
	Probability float64 // over the whole vocabulary
}

// FillMask returns, for each <mask> of the text in order, the k most probable words, most probable first. The text is truncated to
// MaxTokens.
func (m *Model) FillMask(text string, k int) ([][]Fill, error) {
	ids := m.Tokenizer.EncodeTruncated(text, m.MaxTokens())
	b := m.NewBatch()
	b.Add(ids, 0)
	var read []int32
	for r, id := range b.IDs {
		if id == m.Tokenizer.Mask() && r >= m.promptRows {
			read = append(read, int32(r))
		}
	}
	if len(read) == 0 {
		return nil, fmt.Errorf("no <mask> in %q", text)
	}
	s := m.NewSession()
	defer s.Close()
	logits, err := s.Forward(nil, b, Run{Read: read, AllIDs: true})
	if err != nil {
		return nil, err
	}
	v := m.Config.VocabSize
	out := make([][]Fill, len(read))
	for i, row := range read {
		out[i] = m.top(logits[i*v:(i+1)*v], min(k, v))
		for j := range out[i] {
			filled := slices.Clone(ids)
			filled[row-b.Off[0]-int32(m.promptRows)] = out[i][j].ID
			out[i][j].Text = strings.TrimSpace(m.Tokenizer.Decode(filled[1 : len(filled)-1]))
		}
	}
	return out, nil
}

// top softmaxes logits and returns the k largest, equal ones by id.
func (m *Model) top(logits []float32, k int) []Fill {
	order := make([]int32, len(logits))
	peak := math.Inf(-1)
	for i, x := range logits {
		order[i] = int32(i)
		peak = max(peak, float64(x))
	}
	var sum float64
	for _, x := range logits {
		sum += math.Exp(float64(x) - peak)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch {
		case logits[a] > logits[b]:
			return -1
		case logits[a] < logits[b]:
			return 1
		}
		return 0
	})
	out := make([]Fill, k)
	for i := range out {
		id := order[i]
		out[i] = Fill{ID: id, Token: m.Tokenizer.Token(id), Probability: math.Exp(float64(logits[id])-peak) / sum}
	}
	return out
}
