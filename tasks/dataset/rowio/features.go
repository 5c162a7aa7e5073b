package rowio

import (
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow"
)

// featuresKey is where the Python library datasets keeps its features, in the metadata of Arrow schemas and Parquet files.
const featuresKey = "huggingface"

// parseFeatures returns the class names of the columns that are ClassLabels. Metadata that are not what they should be name none: the columns
// can be read without.
func parseFeatures(metadata string) map[string][]string {
	var m struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	if json.Unmarshal([]byte(metadata), &m) != nil {
		return nil
	}
	var out map[string][]string
	for name, raw := range m.Info.Features {
		var f struct {
			Type  string   `json:"_type"`
			Names []string `json:"names"`
		}
		if json.Unmarshal(raw, &f) != nil || f.Type != "ClassLabel" || len(f.Names) == 0 {
			continue
		}
		if out == nil {
			out = map[string][]string{}
		}
		out[name] = f.Names
	}
	return out
}

func arrowClasses(s *arrow.Schema) map[string][]string {
	metadata, _ := s.Metadata().GetValue(featuresKey)
	return parseFeatures(metadata)
}

// features describes columns as parseFeatures, and Python, read it.
func features(columns []Column) map[string]any {
	out := map[string]any{}
	for _, c := range columns {
		f := map[string]any{"_type": "Value", "dtype": "string"}
		switch {
		case c.Kind == Number && len(c.Classes) > 0:
			f = map[string]any{"_type": "ClassLabel", "names": c.Classes}
		case c.Kind == Number:
			f["dtype"] = "int64"
		case c.Kind == Boolean:
			f["dtype"] = "bool"
		}
		out[c.Name] = f
	}
	return out
}

func featuresMetadata(columns []Column) (string, error) {
	b, err := json.Marshal(map[string]any{"info": map[string]any{"features": features(columns)}})
	return string(b), err
}
