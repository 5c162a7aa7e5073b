package torchfile

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// global is a name that a pickle refers to: one of [Globals].
type global struct{ module, name string }

func (g global) String() string { return g.module + "." + g.name }

// builder turns arguments into plain data. It is ours, whatever Python would have called.
type builder func(args Tuple) (any, error)

// builders are all names that may stand in a pickle. Nothing else is looked up.
var builders = map[string]builder{
	"collections.OrderedDict":             orderedDict,
	"torch._utils._rebuild_tensor":        rebuildTensor,
	"torch._utils._rebuild_tensor_v2":     rebuildTensor,
	"torch._utils._rebuild_parameter":     rebuildParameter,
	"torch.Size":                          size,
	"_codecs.encode":                      codecsEncode,
	"builtins.bytes":                      emptyBytes,
	"__builtin__.bytes":                   emptyBytes,
	"numpy.ndarray":                       nil,
	"numpy.dtype":                         newDescr,
	"numpy.core.multiarray._reconstruct":  newArray,
	"numpy._core.multiarray._reconstruct": newArray,
	"numpy.core.multiarray.scalar":        scalar,
	"numpy._core.multiarray.scalar":       scalar,
}

func init() {
	for _, d := range dtypes {
		builders["torch."+d.storage] = nil   // named in references to storages, never called
		builders["torch."+string(d.t)] = nil // a value of its own
	}
}

// Globals lists the names that a pickle may hold, sorted.
func Globals() []string {
	var names []string
	for name := range builders {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// lookup is what a name of a pickle stands for.
func lookup(module, name string) (any, error) {
	g := global{module, name}
	if _, ok := builders[g.String()]; !ok {
		return nil, fmt.Errorf("it refers to %s, which plain data never need; nothing of it was run%s", Show(g.String()), advice(g))
	}
	if module == "torch" && DType(name).known() {
		return DType(name), nil
	}
	return g, nil
}

// advice is for people whose file is honest and of another kind.
func advice(g global) string {
	switch top, _, _ := strings.Cut(g.module, "."); top {
	case "transformers", "__main__", "fairseq":
		return ": it is a whole object; save its state_dict() instead"
	case "torch":
		return ": save plain tensors instead"
	}
	return ""
}

// call is what a pickle gets for callee(*args).
func call(callee any, args any) (any, error) {
	g, ok := callee.(global)
	if !ok {
		return nil, fmt.Errorf("it calls a %s", kind(callee))
	}
	t, ok := args.(Tuple)
	if !ok {
		return nil, fmt.Errorf("it calls %s with a %s", g, kind(args))
	}
	build := builders[g.String()]
	if build == nil {
		return nil, fmt.Errorf("it calls %s, which is for reference only", g)
	}
	v, err := build(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g, err)
	}
	return v, nil
}

func wrongArguments(args Tuple) error {
	kinds := make([]string, len(args))
	for i, a := range args {
		kinds[i] = kind(a)
	}
	return fmt.Errorf("arguments (%s)", strings.Join(kinds, ", "))
}

func orderedDict(args Tuple) (any, error) {
	d := &Dict{Ordered: true}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*List)
	if !ok || len(args) > 1 {
		return nil, wrongArguments(args)
	}
	for _, p := range pairs.Items {
		var items []any
		switch p := p.(type) {
		case *List:
			items = p.Items
		case Tuple:
			items = p
		}
		if len(items) != 2 {
			return nil, wrongArguments(args)
		}
		if err := d.Set(items[0], items[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// rebuildTensor takes a storage, an offset, a shape and strides; what follows says nothing about the elements.
func rebuildTensor(args Tuple) (any, error) {
	if len(args) < 4 {
		return nil, wrongArguments(args)
	}
	s, ok := args[0].(*view)
	offset, isInt := args[1].(int64)
	shape, err := extents(args[2])
	stride, err2 := extents(args[3])
	if !ok || !isInt || err != nil || err2 != nil {
		return nil, wrongArguments(args)
	}
	if offset < 0 || offset > math.MaxInt32*1024 {
		return nil, fmt.Errorf("offset %d", offset)
	}
	t := &Tensor{DType: s.of.dtype, Shape: shape, stride: stride, offset: s.first + int(offset), of: s.of}
	return t, t.check()
}

func rebuildParameter(args Tuple) (any, error) {
	if len(args) > 0 {
		if t, ok := args[0].(*Tensor); ok {
			return t, nil
		}
	}
	return nil, wrongArguments(args)
}

func size(args Tuple) (any, error) {
	if len(args) == 1 {
		switch a := args[0].(type) {
		case Tuple:
			return a, nil
		case *List:
			return Tuple(slices.Clone(a.Items)), nil
		}
	}
	return nil, wrongArguments(args)
}

// codecsEncode is how protocol 2 spells bytes.
func codecsEncode(args Tuple) (any, error) {
	if len(args) == 2 {
		s, ok := args[0].(string)
		codec, ok2 := args[1].(string)
		if ok && ok2 && (codec == "latin1" || codec == "latin-1") {
			p := make([]byte, 0, len(s))
			for _, r := range s {
				if r > 0xff {
					return nil, fmt.Errorf("%q is not latin1", r)
				}
				p = append(p, byte(r))
			}
			return p, nil
		}
	}
	return nil, wrongArguments(args)
}

func emptyBytes(args Tuple) (any, error) {
	if len(args) == 0 {
		return []byte{}, nil
	}
	return nil, wrongArguments(args)
}

// extents are a tuple of sizes or strides.
func extents(v any) ([]int, error) {
	t, ok := v.(Tuple)
	if !ok {
		return nil, fmt.Errorf("a %s for a tuple of sizes", kind(v))
	}
	out := make([]int, len(t))
	for i, x := range t {
		n, ok := x.(int64)
		if !ok || n < 0 || n > math.MaxInt {
			return nil, fmt.Errorf("%s is no size", Show(x))
		}
		out[i] = int(n)
	}
	return out, nil
}
