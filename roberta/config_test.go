package roberta

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/skillneuron/skillneuron/internal/errtest"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
)

func configFS(text string) fs.FS {
	return fstest.MapFS{ConfigFile: {Data: []byte(text)}}
}

const sizes = `"vocab_size":400,"hidden_size":36,"num_hidden_layers":3,"num_attention_heads":3,"intermediate_size":52,"max_position_embeddings":68`

func TestReadConfigOfMini(t *testing.T) {
	c, err := ReadConfig(os.DirFS("../testdata/mini"))
	if err != nil {
		t.Fatal(err)
	}
	want := BaseConfig()
	want.VocabSize, want.HiddenSize, want.NumHiddenLayers, want.IntermediateSize, want.TorchDType = 10000, 384, 6, 1536, "float16"
	want.others = map[string]json.RawMessage{}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestConfigDefaultsAreThoseOfTransformers(t *testing.T) {
	for _, text := range []string{"{" + sizes + "}", "{" + sizes + `,"type_vocab_size":null,"pad_token_id":null,"layer_norm_eps":null}`} {
		c, err := ReadConfig(configFS(text))
		if err != nil {
			t.Fatal(err)
		}
		// RobertaConfig() of transformers 4.57, but for the sizes.
		want := Config{ModelType: "roberta", VocabSize: 400, HiddenSize: 36, NumHiddenLayers: 3, NumAttentionHeads: 3, IntermediateSize: 52,
			HiddenAct: "gelu", HiddenDropoutProb: 0.1, AttentionProbsDropoutProb: 0.1, MaxPositionEmbeddings: 68, TypeVocabSize: 2,
			InitializerRange: 0.02, LayerNormEps: 1e-12, BosTokenID: 0, PadTokenID: 1, EosTokenID: 2, PositionEmbeddingType: "absolute",
			TieWordEmbeddings: true, others: map[string]json.RawMessage{}}
		if !reflect.DeepEqual(c, want) {
			t.Errorf("got  %+v\nwant %+v", c, want)
		}
	}
}

func TestConfigRoundTripKeepsUnknownFields(t *testing.T) {
	text := `{"architectures":["RobertaForMaskedLM"],"model_type":"roberta",` + sizes + `,"hidden_act":"gelu","hidden_dropout_prob":0,
		"attention_probs_dropout_prob":0.25,"type_vocab_size":1,"initializer_range":0.01,"layer_norm_eps":1e-05,"bos_token_id":3,"pad_token_id":4,
		"eos_token_id":5,"position_embedding_type":"absolute","tie_word_embeddings":false,"torch_dtype":"bfloat16",
		"is_decoder":false,"pruned_heads":{},"classifier_dropout":null,"id2label":{"0":"<neg> & \"x\""},"Vocab_Size":7,"":1,"big":12345678901234567890}`
	var c Config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"value": c, "pointer": &c, "nested": struct{ C *Config }{&c}} {
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out = []byte(strings.TrimSuffix(strings.TrimPrefix(string(out), `{"C":`), map[bool]string{true: "}"}[name == "nested"]))
		if got, want := parsed(t, string(out)), parsed(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got  %v\nwant %v", name, got, want)
		}
		var again Config
		if err := json.Unmarshal(out, &again); err != nil || again.VocabSize != 400 || again.LayerNormEps != 1e-5 || again.TieWordEmbeddings {
			t.Errorf("%s: %+v, %v", name, again, err)
		}
	}
	plain, err := json.Marshal(BaseConfig())
	if err != nil || !json.Valid(plain) || !strings.HasPrefix(string(plain), `{"architectures":["RobertaForMaskedLM"],"model_type":"roberta","vocab_size":50265,`) {
		t.Errorf("%s, %v", plain, err)
	}
}

func parsed(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if strings.Contains(text, `"big":12345678901234567890`) { // what a float64 would not hold
		m["big"] = "kept"
	}
	return m
}

func TestBadConfigs(t *testing.T) {
	replace := func(old, new string) string { return "{" + strings.Replace(sizes, old, new, 1) + "}" }
	cases := map[string]string{
		`{`: "config.json: ", `[]`: "not a JSON object", `null`: "vocab_size is missing",
		replace(`"num_attention_heads":3`, `"num_attention_heads":5`):          "field num_attention_heads is 5, which does not divide hidden_size 36",
		replace(`"hidden_size":36`, `"hidden_size":"36"`):                      `field hidden_size: "36" is no int`,
		replace(`"hidden_size":36`, `"hidden_size":36.5`):                      "field hidden_size: 36.5 is no int",
		replace(`"hidden_size":36`, `"hidden_size":0`):                         "field hidden_size is 0",
		replace(`"num_hidden_layers":3`, `"num_hidden_layers":-1`):             "field num_hidden_layers is -1",
		replace(`"vocab_size":400`, `"vocab_size":4000000000`):                 "field vocab_size is 4000000000",
		replace(`"vocab_size":400`, `"vocab_size":99999999999999999999`):       "field vocab_size: 99999999999999999999 is no int",
		replace(`"intermediate_size":52`, `"intermediate_size":2000000000000`): "field intermediate_size is 2000000000000",
		`{"vocab_size":2000000000,"hidden_size":2000000000,"num_hidden_layers":2000000000,"num_attention_heads":1,"intermediate_size":2000000000,"max_position_embeddings":9}`: "the sizes make more than",
		replace(`"max_position_embeddings":68`, `"max_position_embeddings":3`):                                                                                                 "field max_position_embeddings is 3",
	}
	for _, name := range requiredFields {
		cases[strings.Replace("{"+sizes+"}", `"`+name+`"`, `"x"`, 1)] = "field " + name + " is missing"
		cases[strings.Replace("{"+sizes+"}", `"`+name+`":`, `"`+name+`":null,"x":`, 1)] = "field " + name + " is missing"
	}
	for extra, want := range map[string]string{
		`"model_type":"bert"`:                      `field model_type is "bert", want roberta`,
		`"model_type":"xlm-roberta"`:               "SentencePiece",
		`"model_type":"camembert"`:                 "SentencePiece",
		`"hidden_act":"gelu_new"`:                  `field hidden_act is "gelu_new", want gelu`,
		`"hidden_act":"relu"`:                      `field hidden_act is "relu", want gelu`,
		`"position_embedding_type":"relative_key"`: `field position_embedding_type is "relative_key"`,
		`"tie_word_embeddings":"yes"`:              `field tie_word_embeddings: "yes" is no bool`,
		`"is_decoder":true`:                        "field is_decoder is true",
		`"add_cross_attention":true`:               "field add_cross_attention is true",
		`"pruned_heads":{"1":[0]}`:                 "field pruned_heads is",
		`"quantization_config":{"bits":8}`:         "field quantization_config is",
		`"pad_token_id":400`:                       "field pad_token_id is 400, outside the vocabulary of 400",
		`"bos_token_id":-1`:                        "field bos_token_id is -1",
		`"eos_token_id":1000`:                      "field eos_token_id is 1000",
		`"pad_token_id":66`:                        "field max_position_embeddings is 68",
		`"hidden_dropout_prob":1`:                  "field hidden_dropout_prob is 1",
		`"attention_probs_dropout_prob":-0.1`:      "field attention_probs_dropout_prob is -0.1",
		`"layer_norm_eps":0`:                       "field layer_norm_eps is 0",
		`"layer_norm_eps":"1e-5"`:                  `field layer_norm_eps: "1e-5" is no float64`,
		`"initializer_range":-1`:                   "field initializer_range is -1",
		`"type_vocab_size":0`:                      "field type_vocab_size is 0",
	} {
		cases["{"+sizes+","+extra+"}"] = want
	}
	for text, want := range cases {
		_, err := ReadConfig(configFS(text))
		errtest.Says(t, err, ConfigFile, want)
	}
	_, err := ReadConfig(fstest.MapFS{})
	if errtest.Says(t, err, "config.json is missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is no fs.ErrNotExist", err)
	}
}

// The oracles: the figures that transformers' num_parameters gives for the published models, and the weights themselves.
func TestParameters(t *testing.T) {
	base := BaseConfig()
	large := base
	large.HiddenSize, large.NumHiddenLayers, large.NumAttentionHeads, large.IntermediateSize = 1024, 24, 16, 4096
	distil := base
	distil.NumHiddenLayers = 6
	untied := base
	untied.TieWordEmbeddings = false
	for name, c := range map[string]struct {
		c    Config
		want int
	}{
		"roberta-base":  {base, 124_697_433},
		"roberta-large": {large, 355_412_057},
		"distilroberta": {distil, 82_170_201},
		"untied":        {untied, 124_697_433 + 50265*768},
	} {
		if got := c.c.Parameters(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if err := c.c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, dir := range []string{"../testdata/mini", "../testdata/golden/tiny"} {
		c, err := ReadConfig(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		m, err := safetensors.OpenModel(dir)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, name := range m.Names() {
			if name == "lm_head.decoder.bias" {
				continue // lm_head.bias under its other name
			}
			info, _ := m.Info(name)
			want += info.Len()
		}
		m.Close()
		if got := c.Parameters(); got != want {
			t.Errorf("%s: %d, its file holds %d", dir, got, want)
		}
	}
}
