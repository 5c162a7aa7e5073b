package rowio

// A Kind is what a format knows about a cell's type. TSV and CSV know none.
type Kind uint8

const (
	Untyped Kind = iota
	String
	Number
	Boolean
	Null
	Compound // a JSON array or object
	Other    // a type that is neither text nor a label: Text names it
)

func (k Kind) String() string {
	return [...]string{"text", "a string", "a number", "a boolean", "null", "an array or object", "of another type"}[k]
}

// A Cell is one value.
type Cell struct {
	Text string // as written; numbers in decimal, booleans as true and false
	Kind Kind
}

// Is says what the cell is, for messages.
func (c Cell) Is() string {
	if c.Kind == Other {
		return "of type " + c.Text
	}
	return c.Kind.String()
}

// A Row is one row as its format sees it. The slices and the map belong to the reader once the row has been handled, the strings do not.
type Row struct {
	File    string // path of the file, or shard, that holds it
	Number  int    // 1-based line where it starts, or 1-based row of a file without lines
	Cells   []Cell
	Names   []string            // the row's own column names, of a format whose rows carry them
	Classes map[string][]string // class names by index of columns of integers, where the file's metadata name them
}

// A Column is what a writer has to know of one.
type Column struct {
	Name    string
	Kind    Kind     // String, Number (an integer) or Boolean
	Classes []string // class names of a Number, where they are known
}
