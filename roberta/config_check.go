package roberta

import (
	"fmt"
	"math"
	"strings"
)

// maxParameters keeps products of sizes far from overflow; no machine holds as many.
const maxParameters = 1 << 42

// Validate reports the first field that does not describe a RoBERTa which this package computes.
func (c Config) Validate() error {
	for _, check := range []func() error{c.checkKind, c.checkSizes, c.checkTokens, c.checkNumbers} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) checkKind() error {
	switch {
	case c.ModelType == "xlm-roberta" || c.ModelType == "camembert" || c.ModelType == "xlm-roberta-xl":
		return fmt.Errorf("field model_type is %q, want roberta: its tokenizer is SentencePiece, not byte-level BPE", c.ModelType)
	case c.ModelType != "roberta":
		return fmt.Errorf("field model_type is %q, want roberta", c.ModelType)
	case c.HiddenAct != "gelu":
		return fmt.Errorf("field hidden_act is %q, want gelu (the exact one)", c.HiddenAct)
	case c.PositionEmbeddingType != "absolute":
		return fmt.Errorf("field position_embedding_type is %q, want absolute", c.PositionEmbeddingType)
	}
	// Each of these changes what the network computes.
	for _, f := range [][2]string{{"is_decoder", "false"}, {"add_cross_attention", "false"}, {"pruned_heads", "{}"}, {"quantization_config", "null"}} {
		raw, ok := c.others[f[0]]
		text := strings.Join(strings.Fields(string(raw)), "")
		if ok && text != f[1] && text != "null" {
			return fmt.Errorf("field %s is %.40s: such models are not computed here", f[0], text)
		}
	}
	return nil
}

func (c Config) checkSizes() error {
	for _, s := range []struct {
		name string
		n    int
	}{
		{"vocab_size", c.VocabSize}, {"hidden_size", c.HiddenSize}, {"num_hidden_layers", c.NumHiddenLayers},
		{"num_attention_heads", c.NumAttentionHeads}, {"intermediate_size", c.IntermediateSize},
		{"max_position_embeddings", c.MaxPositionEmbeddings}, {"type_vocab_size", c.TypeVocabSize},
	} {
		if s.n < 1 || s.n > math.MaxInt32 {
			return fmt.Errorf("field %s is %d, want 1 to %d", s.name, s.n, math.MaxInt32)
		}
	}
	h, f := float64(c.HiddenSize), float64(c.IntermediateSize)
	weights := float64(c.NumHiddenLayers)*h*(h+f)*4 + h*2*(float64(c.VocabSize)+float64(c.MaxPositionEmbeddings)+float64(c.TypeVocabSize))
	switch {
	case weights > maxParameters:
		return fmt.Errorf("the sizes make more than %.0e weights", float64(maxParameters))
	case c.HiddenSize%c.NumAttentionHeads != 0:
		return fmt.Errorf("field num_attention_heads is %d, which does not divide hidden_size %d", c.NumAttentionHeads, c.HiddenSize)
	}
	return nil
}

func (c Config) checkTokens() error {
	for _, t := range []struct {
		name string
		id   int
	}{{"bos_token_id", c.BosTokenID}, {"pad_token_id", c.PadTokenID}, {"eos_token_id", c.EosTokenID}} {
		if t.id < 0 || t.id >= c.VocabSize {
			return fmt.Errorf("field %s is %d, outside the vocabulary of %d", t.name, t.id, c.VocabSize)
		}
	}
	if c.MaxPositionEmbeddings < c.PadTokenID+3 {
		return fmt.Errorf("field max_position_embeddings is %d, which leaves no room for <s> and </s> behind pad_token_id %d", c.MaxPositionEmbeddings, c.PadTokenID)
	}
	return nil
}

func (c Config) checkNumbers() error {
	for _, p := range []struct {
		name string
		p    float64
	}{{"hidden_dropout_prob", c.HiddenDropoutProb}, {"attention_probs_dropout_prob", c.AttentionProbsDropoutProb}} {
		if !(p.p >= 0 && p.p < 1) {
			return fmt.Errorf("field %s is %v, want at least 0 and less than 1", p.name, p.p)
		}
	}
	if !(c.LayerNormEps > 0 && c.LayerNormEps < 1) {
		return fmt.Errorf("field layer_norm_eps is %v, want more than 0 and less than 1", c.LayerNormEps)
	}
	if !(c.InitializerRange >= 0 && c.InitializerRange <= math.MaxFloat32) {
		return fmt.Errorf("field initializer_range is %v, want 0 or more", c.InitializerRange)
	}
	return nil
}
