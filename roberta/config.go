package roberta

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// ConfigFile is the configuration's name in a backbone's directory.
const ConfigFile = "config.json"

// Config is Hugging Face's configuration of a RoBERTa, config.json. Fields not named here are kept and written again.
type Config struct {
	Architectures             []string `json:"architectures,omitempty"`
	ModelType                 string   `json:"model_type"`                   // roberta
	VocabSize                 int      `json:"vocab_size"`                   // V
	HiddenSize                int      `json:"hidden_size"`                  // H
	NumHiddenLayers           int      `json:"num_hidden_layers"`            // L
	NumAttentionHeads         int      `json:"num_attention_heads"`          // divides H
	IntermediateSize          int      `json:"intermediate_size"`            // F, neurons of a layer
	HiddenAct                 string   `json:"hidden_act"`                   // gelu, the exact one with erf
	HiddenDropoutProb         float64  `json:"hidden_dropout_prob"`          // in training
	AttentionProbsDropoutProb float64  `json:"attention_probs_dropout_prob"` // in training
	MaxPositionEmbeddings     int      `json:"max_position_embeddings"`      // of which PadTokenID+1 are never used
	TypeVocabSize             int      `json:"type_vocab_size"`
	InitializerRange          float64  `json:"initializer_range"` // standard deviation of fresh weights
	LayerNormEps              float64  `json:"layer_norm_eps"`
	BosTokenID                int      `json:"bos_token_id"` // <s>
	PadTokenID                int      `json:"pad_token_id"` // positions count from the one behind it
	EosTokenID                int      `json:"eos_token_id"` // </s>
	PositionEmbeddingType     string   `json:"position_embedding_type"`
	TieWordEmbeddings         bool     `json:"tie_word_embeddings"` // the LM head's matrix is the word embeddings
	TorchDType                string   `json:"torch_dtype,omitempty"`

	others map[string]json.RawMessage // fields without a place above
}

// BaseConfig is roberta-base's.
func BaseConfig() Config {
	c := defaultConfig()
	c.Architectures = []string{"RobertaForMaskedLM"}
	c.VocabSize, c.HiddenSize, c.NumHiddenLayers, c.NumAttentionHeads = 50265, 768, 12, 12
	c.IntermediateSize, c.MaxPositionEmbeddings, c.TypeVocabSize, c.LayerNormEps = 3072, 514, 1, 1e-5
	return c
}

// defaultConfig holds what transformers' RobertaConfig takes for fields that a file leaves out. Sizes have to be there.
func defaultConfig() Config {
	return Config{
		ModelType: "roberta", HiddenAct: "gelu", HiddenDropoutProb: 0.1, AttentionProbsDropoutProb: 0.1, TypeVocabSize: 2,
		InitializerRange: 0.02, LayerNormEps: 1e-12, BosTokenID: 0, PadTokenID: 1, EosTokenID: 2,
		PositionEmbeddingType: "absolute", TieWordEmbeddings: true,
	}
}

var requiredFields = []string{"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings"}

// ReadConfig reads and checks config.json of a backbone's directory. Errors name the file and the field.
func ReadConfig(fsys fs.FS) (Config, error) {
	text, err := fs.ReadFile(fsys, ConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("%s is missing: %w", ConfigFile, fs.ErrNotExist)
	}
	if err != nil {
		return Config{}, err
	}
	var c Config
	if err := json.Unmarshal(text, &c); err != nil {
		return Config{}, fmt.Errorf("%s: %w", ConfigFile, err)
	}
	return c, nil
}

// UnmarshalJSON reads and checks a configuration; fields left out, or null, are as in transformers.
func (c *Config) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return errors.New("not a JSON object")
	}
	read := defaultConfig()
	v := reflect.ValueOf(&read).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		name := fieldName(f)
		if name == "" {
			continue
		}
		raw, ok := fields[name]
		delete(fields, name)
		if !ok || string(raw) == "null" {
			if slices.Contains(requiredFields, name) {
				return fmt.Errorf("field %s is missing", name)
			}
			continue
		}
		if err := json.Unmarshal(raw, v.FieldByIndex(f.Index).Addr().Interface()); err != nil {
			return fmt.Errorf("field %s: %.40s is no %s", name, raw, f.Type)
		}
	}
	read.others = fields
	if err := read.Validate(); err != nil {
		return err
	}
	*c = read
	return nil
}

// MarshalJSON writes the fields in the order of Config, then those that were read without being known, sorted.
func (c Config) MarshalJSON() ([]byte, error) {
	type plain Config // without this method
	text, err := json.Marshal(plain(c))
	if err != nil || len(c.others) == 0 {
		return text, err
	}
	b := bytes.NewBuffer(text[:len(text)-1])
	for _, name := range slices.Sorted(maps.Keys(c.others)) {
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(b, ",%s:%s", key, c.others[name])
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// Parameters counts the weights of the masked language model: embeddings, layers, LM head; tied matrices and the head's one bias once.
func (c Config) Parameters() int {
	h, f := c.HiddenSize, c.IntermediateSize
	norm := 2 * h
	embeddings := (c.VocabSize+c.MaxPositionEmbeddings+c.TypeVocabSize)*h + norm
	attention := 4*(h*h+h) + norm
	ffn := (h*f + f) + (f*h + h) + norm
	head := (h*h + h) + norm + c.VocabSize
	if !c.TieWordEmbeddings {
		head += c.VocabSize * h
	}
	return embeddings + c.NumHiddenLayers*(attention+ffn) + head
}
