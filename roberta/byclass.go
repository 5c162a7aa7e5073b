package roberta

import "encoding/json"

// ByClass holds one or more values for each class. In JSON a class with one value is that value, else an array.
type ByClass[T string | int32] [][]T

// MarshalJSON writes a flat array unless some class has several values.
func (c ByClass[T]) MarshalJSON() ([]byte, error) {
	if c == nil {
		return []byte("null"), nil
	}
	out := make([]any, len(c))
	for k, of := range c {
		out[k] = of
		if len(of) == 1 {
			out[k] = of[0]
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads values and arrays of values.
func (c *ByClass[T]) UnmarshalJSON(text []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*c = nil
	for _, r := range raw {
		var many []T
		if len(r) > 0 && r[0] == '[' {
			if err := json.Unmarshal(r, &many); err != nil {
				return err
			}
		} else {
			var one T
			if err := json.Unmarshal(r, &one); err != nil {
				return err
			}
			many = []T{one}
		}
		*c = append(*c, many)
	}
	return nil
}
