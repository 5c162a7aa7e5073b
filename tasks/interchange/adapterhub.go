package interchange

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/safetensors"
	"github.com/skillneuron/skillneuron/roberta/torchfile"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// AdapterHub's weight files, by release.
const (
	hubAdapterTorch = "pytorch_adapter.bin"
	hubAdapterSafe  = "adapter.safetensors"
)

// reduction is Pfeiffer's: the bottleneck of width H has H/16 units.
const reduction = 16

// pfeiffer is AdapterHub's configuration of a Pfeiffer adapter ("seq_bn"). Fields that change what it computes are checked when one is read; a field that is absent has the
// value here.
var pfeiffer = map[string]any{
	"adapter_residual_before_ln": false, "cross_adapter": false, "dropout": 0.0, "factorized_phm_W": true, "factorized_phm_rule": false,
	"hypercomplex_nonlinearity": "glorot-uniform", "init_weights": "bert", "inv_adapter": nil, "inv_adapter_reduction_factor": nil, "is_parallel": false,
	"learn_phm": true, "leave_out": []any{}, "ln_after": false, "ln_before": false, "mh_adapter": false, "non_linearity": "relu", "original_ln_after": true,
	"original_ln_before": true, "output_adapter": true, "phm_bias": true, "phm_c_init": "normal", "phm_dim": 4.0, "phm_init_range": 0.0001, "phm_layer": false,
	"phm_rank": 1.0, "reduction_factor": float64(reduction), "residual_before_ln": true, "scaling": 1.0, "shared_W_phm": false, "shared_phm_rule": true,
	"use_gating": false,
}

// computes are the fields that a Pfeiffer adapter has to have as above.
var computes = []string{"adapter_residual_before_ln", "cross_adapter", "inv_adapter", "is_parallel", "leave_out", "ln_after", "ln_before", "mh_adapter", "non_linearity",
	"original_ln_after", "original_ln_before", "output_adapter", "phm_layer", "residual_before_ln", "scaling", "use_gating"}

// hubAdapter is adapter_config.json.
type hubAdapter struct {
	Config map[string]any  `json:"config"`
	Width  int             `json:"hidden_size"`
	Class  string          `json:"model_class"`
	Base   string          `json:"model_name"`
	Type   string          `json:"model_type"`
	Name   string          `json:"name"`
	Ours   json.RawMessage `json:"skillneuron,omitempty"`
}

// hubTensorName is where the weights of one adapter stand, for any prefix of the model's.
var hubTensorName = regexp.MustCompile(`^(?:roberta\.)?encoder\.layer\.(\d+)\.output\.adapters\.(.+)\.adapter_(down\.0|up)\.(weight|bias)$`)

// toAdapterHub writes adapters as AdapterHub's library saves them; the verbalizer is read off the language-model head, so there is no head of theirs beside.
func toAdapterHub(ctx context.Context, cfg Config, r *Result) error {
	m, desc, err := loadTuned(ctx, cfg)
	if err != nil {
		return err
	}
	if desc.Method != roberta.Adapter {
		return dataset.Usagef("%s holds a %s, and AdapterHub takes a %s: convert it --as huggingface", cfg.From, desc.Method, roberta.Adapter)
	}
	name := desc.Task
	ours, err := json.Marshal(desc)
	if err != nil {
		return err
	}
	d := &torchfile.Dict{Ordered: true}
	for _, p := range m.Tuned(desc.Method, 0) {
		layer, part, kind, err := adapterPart(p.Name)
		if err != nil {
			return err
		}
		t, err := torchfile.New(p.Shape, p.Floats(m.Backend()))
		if err == nil {
			err = d.Set(fmt.Sprintf("roberta.encoder.layer.%d.output.adapters.%s.adapter_%s.%s", layer, name, part, kind), t)
		}
		if err != nil {
			return err
		}
	}
	holds := fmt.Sprintf("the adapter %q: %s", name, amount.Of(d.Len(), "tensor"))
	if err := r.putTorch(ctx, filepath.Join(cfg.To, hubAdapterTorch), holds, d); err != nil {
		return err
	}
	r.note(fmt.Sprintf("on a RobertaForMaskedLM, the labels' logits are those of tokens %v at <s>, row 0", desc.IDs))
	config := maps.Clone(pfeiffer)
	config["scaling"], config["dropout"] = json.Number("1.0"), json.Number("0.0") // Python tells 1 from 1.0
	return r.putJSON(ctx, filepath.Join(cfg.To, adapterConfig), "AdapterHub's Pfeiffer adapter",
		hubAdapter{config, m.Config.HiddenSize, "RobertaForMaskedLM", hubModel(desc.Backbone), "roberta", name, ours})
}

// adapterPart takes adapter.layer.N.down.weight apart, with AdapterHub's name of the part.
func adapterPart(name string) (layer int, part, kind string, err error) {
	m := regexp.MustCompile(`^adapter\.layer\.(\d+)\.(down|up)\.(weight|bias)$`).FindStringSubmatch(name)
	if m == nil {
		return 0, "", "", fmt.Errorf("%q is no adapter's tensor", name)
	}
	layer, err = strconv.Atoi(m[1])
	return layer, map[string]string{"down": "down.0", "up": "up"}[m[2]], m[3], err
}

// fromAdapterHub makes a tuned part of a Pfeiffer adapter.
func fromAdapterHub(ctx context.Context, cfg Config, r *Result) error {
	var c hubAdapter
	if err := readConfig(cfg.From, &c); err != nil {
		return err
	}
	if err := c.check(filepath.Join(cfg.From, adapterConfig)); err != nil {
		return err
	}
	w, err := openWeights(cfg.From, hubAdapterTorch, hubAdapterSafe, safetensors.ModelFile)
	if err != nil {
		return err
	}
	defer w.Close()
	desc, m, err := cfg.describe(ctx, string(c.Ours), c.Base, roberta.Adapter, r)
	if err != nil {
		return err
	}
	if c.Width != 0 && c.Width != m.Config.HiddenSize {
		return fmt.Errorf("%s: the adapter's model has a width of %d, the backbone %s one of %d: name the right one with --backbone", cfg.From, c.Width, desc.Backbone, m.Config.HiddenSize)
	}
	tensors, err := adapterTensors(w)
	if err != nil {
		return err
	}
	if n := 4 * m.Layers(); len(tensors) != n {
		return fmt.Errorf("%s: %s of adapters, and %s would have %d", w.path, amount.Of(len(tensors), "tensor"), amount.Of(m.Layers(), "layer"), n)
	}
	if c.Ours == nil {
		r.note("a head of AdapterHub's that may stand beside it is not read: the answer is the verbalizer's, off the backbone's language-model head")
	}
	return cfg.writeTuned(ctx, desc, tensors, r)
}

// adapterTensors are the adapter's tensors under our names. Others, such as those in the attention or of a fusion, cannot be done without.
func adapterTensors(w *weights) ([]safetensors.Tensor, error) {
	var tensors []safetensors.Tensor
	adapter := ""
	for _, name := range w.names() {
		at := hubTensorName.FindStringSubmatch(name)
		if at == nil {
			return nil, fmt.Errorf("%s: tensor %q is no Pfeiffer adapter's; only those behind the feed-forward blocks are known here", w.path, name)
		}
		if adapter != "" && at[2] != adapter {
			return nil, fmt.Errorf("%s: two adapters, %q and %q: want a file of one", w.path, adapter, at[2])
		}
		adapter = at[2]
		part := map[string]string{"down.0": "down", "up": "up"}[at[3]]
		t, err := w.tensor(name, adapterPrefix+at[1]+"."+part+"."+at[4])
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, t)
	}
	return tensors, nil
}

// check refuses adapters that compute something else than Pfeiffer's.
func (c *hubAdapter) check(path string) error {
	if c.Type != "" && c.Type != "roberta" {
		return fmt.Errorf("%s: model_type is %q, want roberta", path, c.Type)
	}
	for _, field := range computes {
		got, ok := c.Config[field]
		want := pfeiffer[field]
		if !ok || fmt.Sprint(got) == fmt.Sprint(want) || field == "leave_out" && got == nil {
			continue
		}
		return fmt.Errorf("%s: %s is %v, and a Pfeiffer adapter has %v: only those are read here", path, field, got, want)
	}
	if f, ok := c.Config["reduction_factor"]; ok && f != float64(reduction) {
		return fmt.Errorf("%s: reduction_factor is %v, only %d is read here", path, f, reduction)
	}
	return nil
}
