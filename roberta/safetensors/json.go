package safetensors

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// object reads one JSON object key by key and refuses a key that comes twice, which encoding/json lets pass. value has to read one value.
func object(d *json.Decoder, value func(key string) error) error {
	if err := delim(d, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fmt.Errorf("%v stands where a name should", t)
		}
		if seen[key] {
			return fmt.Errorf("%q is there twice", key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return delim(d, '}')
}

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("%v stands where %q should", t, want.String())
	}
	return nil
}

// only makes sure that nothing but blanks follows the value that d has read of text.
func only(d *json.Decoder, text []byte) error {
	rest := strings.TrimLeft(string(text[d.InputOffset():]), " \t\r\n")
	if rest != "" {
		return fmt.Errorf("%.20q follows the JSON object", rest)
	}
	return nil
}
