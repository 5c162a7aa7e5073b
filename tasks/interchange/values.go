package interchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/skillneuron/skillneuron/roberta/torchfile"
)

// Limits of what becomes JSON. Values of a pickle may hold each other, or one another many times.
const (
	maxDepth  = 50
	maxValues = 10_000_000
)

// ourValues writes numbers, texts, lists and dicts as JSON. The original's scores, {"acc": 0.9}, get the name that this project's have.
func ourValues(ctx context.Context, v any, from, path string, r *Result) error {
	left := maxValues
	j, err := asJSON(v, 0, &left)
	if err != nil {
		return err
	}
	if isScores(from) {
		j = scores(j)
	}
	return r.putJSON(ctx, path, "a "+torchfile.Kind(v)+" as JSON", j)
}

// pairs is a dict in its order.
type pairs struct {
	keys   []string
	values []any
}

func (p pairs) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, k := range p.keys {
		if i > 0 {
			out = append(out, ',')
		}
		key, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.values[i])
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}

func asJSON(v any, depth int, left *int) (any, error) {
	if *left--; *left < 0 || depth > maxDepth {
		return nil, errors.New("values within values without end")
	}
	switch v := v.(type) {
	case nil, bool, int64, string:
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("holds %v, which JSON cannot", v)
		}
		return v, nil
	case *torchfile.List:
		return listJSON(v.Items, depth, left)
	case torchfile.Tuple:
		return listJSON(v, depth, left)
	case *torchfile.Dict:
		var p pairs
		for i := range v.Len() {
			k, x := v.At(i)
			j, err := asJSON(x, depth+1, left)
			if err != nil {
				return nil, err
			}
			p.keys, p.values = append(p.keys, fmt.Sprint(k)), append(p.values, j)
		}
		return p, nil
	case *torchfile.Tensor:
		if v.Len() == 1 && v.DType != torchfile.Bool {
			x, err := v.Float32s()
			if err != nil {
				return nil, err
			}
			return float64(x[0]), nil
		}
	}
	return nil, fmt.Errorf("holds a %s among other values: want a tensor, a state dict, a best-backbone of the original, or numbers and texts", torchfile.Kind(v))
}

func listJSON(items []any, depth int, left *int) (any, error) {
	out := []any{}
	for _, x := range items {
		j, err := asJSON(x, depth+1, left)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

// scores turns {"acc": 0.9} into {"score": 0.9, "acc": 0.9}, and a list of such into the scores alone; the last value counts, as it does there.
func scores(j any) any {
	switch v := j.(type) {
	case pairs:
		if n := len(v.keys); n > 0 && v.keys[0] != "score" {
			return pairs{append([]string{"score"}, v.keys...), append([]any{v.values[n-1]}, v.values...)}
		}
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			p, ok := x.(pairs)
			if !ok || len(p.values) == 0 {
				return j
			}
			out[i] = p.values[len(p.values)-1]
		}
		return out
	}
	return j
}

// theirScores undoes [scores].
func theirScores(v any) any {
	acc := func(x any) any {
		d := &torchfile.Dict{}
		_ = d.Set("acc", x) // a text is a key
		return d
	}
	switch v := v.(type) {
	case *torchfile.Dict:
		if x, ok := v.Get("score"); ok {
			return acc(x)
		}
	case *torchfile.List:
		out := &torchfile.List{}
		for _, x := range v.Items {
			if d, ok := x.(*torchfile.Dict); ok {
				x, _ = d.Get("score")
			}
			out.Items = append(out.Items, acc(x))
		}
		return out
	}
	return v
}
