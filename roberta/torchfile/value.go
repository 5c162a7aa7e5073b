package torchfile

import "fmt"

// List is a Python list. It is a pointer in values, since a pickle fills it after others may refer to it.
type List struct{ Items []any }

// Tuple is a Python tuple.
type Tuple []any

// Dict is a Python dict in the order of its keys, which are None, bool, int64, float64, string or tuples of these.
type Dict struct {
	Ordered bool // a collections.OrderedDict
	keys    []any
	values  []any
	at      map[string]int
}

// Len is the number of entries.
func (d *Dict) Len() int { return len(d.keys) }

// At is entry i.
func (d *Dict) At(i int) (key, value any) { return d.keys[i], d.values[i] }

// Get returns the value under a key.
func (d *Dict) Get(key any) (value any, ok bool) {
	k, err := hash(key)
	if err != nil {
		return nil, false
	}
	i, ok := d.at[k]
	if !ok {
		return nil, false
	}
	return d.values[i], true
}

// Set adds an entry, or replaces the value under a key that is there.
func (d *Dict) Set(key, value any) error {
	k, err := hash(key)
	if err != nil {
		return err
	}
	if i, ok := d.at[k]; ok {
		d.values[i] = value
		return nil
	}
	if d.at == nil {
		d.at = map[string]int{}
	}
	d.at[k] = len(d.keys)
	d.keys, d.values = append(d.keys, key), append(d.values, value)
	return nil
}

// longestKey is how many elements a tuple may have as a key: hashed again and again, a longer one keeps a program busy.
const longestKey = 16

// hash tells keys apart as Python does for the types that occur here: 1, 1.0 and True are one key there, and no file has more than one of them.
func hash(key any) (string, error) {
	if t, ok := key.(Tuple); ok {
		if len(t) > longestKey {
			return "", fmt.Errorf("a tuple of %d cannot be a key of a dict here", len(t))
		}
		s := "("
		for _, x := range t {
			h, ok := scalarHash(x)
			if !ok {
				return "", fmt.Errorf("a tuple with a %s cannot be a key of a dict here", kind(x))
			}
			s += fmt.Sprintf("%d:%s,", len(h), h)
		}
		return s, nil
	}
	h, ok := scalarHash(key)
	if !ok {
		return "", fmt.Errorf("a %s cannot be a key of a dict", kind(key))
	}
	return h, nil
}

func scalarHash(key any) (string, bool) {
	switch k := key.(type) {
	case string:
		return "s" + k, true
	case nil, bool, int64, float64:
		return fmt.Sprintf("%T %v", k, k), true
	}
	return "", false
}

// kind names a value's type for people who know Python.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []byte:
		return "bytes"
	case *List:
		return "list"
	case Tuple:
		return "tuple"
	case *Dict:
		return "dict"
	case *Tensor:
		return "tensor"
	case global:
		return "name"
	case *view:
		return "storage"
	case *descr, DType:
		return "dtype"
	}
	return fmt.Sprintf("%T", v)
}

// Kind names a value's Python type: None, bool, int, float, str, bytes, list, tuple, dict or tensor.
func Kind(v any) string { return kind(v) }

// Show is a value in words for an error's one line: a number or a short text as it is, of anything else the type. A pickle's tuples may hold one another so often
// that no memory holds them written out.
func Show(v any) string {
	switch v := v.(type) {
	case bool, int64, float64:
		return fmt.Sprint(v)
	case string:
		const most = 60
		if len(v) > most {
			return fmt.Sprintf("%q…", v[:most])
		}
		return fmt.Sprintf("%q", v)
	}
	return "a " + kind(v)
}
