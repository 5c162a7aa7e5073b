package torchfile

import "fmt"

// object executes what would run code in Python: here it looks names up in the closed list and builds plain data.
func (m *machine) object(op byte) error {
	if op == opGlobal {
		module, err := m.in.line()
		if err != nil {
			return err
		}
		name, err := m.in.line()
		if err != nil {
			return err
		}
		return m.named(module, name)
	}
	if op == opBinPersID {
		return m.storage()
	}
	args, err := m.popN(2)
	if err != nil {
		return err
	}
	switch op {
	case opStackGlobal:
		module, ok := args[0].(string)
		name, ok2 := args[1].(string)
		if !ok || !ok2 {
			return fmt.Errorf("it refers to a name by a %s and a %s", kind(args[0]), kind(args[1]))
		}
		return m.named(module, name)
	case opBuild:
		m.push(args[0])
		return build(args[0], args[1])
	}
	v, err := call(args[0], args[1])
	m.push(v)
	return err
}

func (m *machine) named(module, name string) error {
	v, err := lookup(module, name)
	m.push(v)
	return err
}

func (m *machine) storage() error {
	id, err := m.pop()
	if err != nil {
		return err
	}
	t, ok := id.(Tuple)
	if !ok || m.load == nil {
		return fmt.Errorf("it refers to something outside by a %s", kind(id))
	}
	v, err := m.load(t)
	m.push(v)
	return err
}

// build gives an object its state. An OrderedDict's, such as a state dict's _metadata, says nothing about its entries.
func build(v, state any) error {
	switch v := v.(type) {
	case *descr:
		return v.build(state)
	case *Tensor:
		return v.buildArray(state)
	case *Dict:
		if _, ok := state.(*Dict); ok && v.Ordered {
			return nil
		}
	}
	return fmt.Errorf("it gives a %s a state, a %s", kind(v), kind(state))
}
