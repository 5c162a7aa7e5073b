package dataset

import (
	"context"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
)

// An outFile is a split to be written.
type outFile struct {
	source rowio.Source
	names  []string // of the text columns, then of the label column
	header bool
	rows   [][]rowio.Cell
}

// A folder is a data set to be written, with the task file that describes it.
type folder struct {
	path    string
	task    Task
	comment string   // first line of the task file
	classes []string // names of the labels, for formats whose metadata hold them
	files   []outFile
}

// written are the columns under which rows of these are written: their own names where they have any, else the task's. Texts that were joined or
// cut have no columns of their own.
func (c columns) written(task Task, to rowio.Source) (names []string, header bool) {
	if c.join == nil && c.cut == "" && (c.named || c.header) {
		return c.names, true
	}
	texts := 1
	if c.pair() {
		texts = 2
	}
	names = task.Columns
	if len(names) != texts {
		names = [][]string{{"text"}, {"text_a", "text_b"}}[texts-1]
	}
	return append(names[:texts:texts], task.Label), c.join != nil || c.cut != "" || to.Named()
}

// writeFolders writes all files or, on an error, none.
func writeFolders(ctx context.Context, folders []folder) error {
	var out []rowio.Folder
	for _, f := range folders {
		text, err := f.taskFile()
		if err != nil {
			return err
		}
		o := rowio.Folder{Path: f.path, Beside: taskFiles[0], Text: text}
		for _, file := range f.files {
			t := rowio.Table{Source: file.source, Header: file.header, Rows: until(ctx, file.rows)}
			for _, name := range file.names {
				t.Columns = append(t.Columns, rowio.Column{Name: name, Kind: rowio.String})
			}
			label := &t.Columns[len(t.Columns)-1]
			label.Kind, label.Classes = rowio.Number, f.classes
			o.Tables = append(o.Tables, t)
		}
		out = append(out, o)
	}
	return rowio.Write(out...)
}

// until hands rows on as long as they are wanted.
func until(ctx context.Context, rows [][]rowio.Cell) rowio.Rows {
	return func(yield func([]rowio.Cell) error) error {
		for i, r := range rows {
			if err := interrupted(ctx, i); err != nil {
				return err
			}
			if err := yield(r); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
}

// taskFile is the task file, so that a folder can be read without knowing what made it.
func (f folder) taskFile() ([]byte, error) {
	file, headers := f.files[0], 0
	for _, o := range f.files {
		if o.header {
			file = o
			headers++
		}
	}
	n := len(file.names) - 1
	spec := struct {
		Name   string     `yaml:"name"`
		Text   []string   `yaml:"text,flow"`
		Label  string     `yaml:"label"`
		Header string     `yaml:"header,omitempty"`
		Labels int        `yaml:"labels"`
		Words  [][]string `yaml:"words,flow"`
	}{Name: f.task.Name, Text: file.names[:n], Label: file.names[n], Labels: f.task.Labels, Words: f.task.Words}
	switch {
	case file.source.Named():
	case headers == len(f.files):
		spec.Header = "yes"
	case headers == 0:
		spec.Header, spec.Text, spec.Label = "no", nil, strconv.Itoa(n+1)
		for i := range n {
			spec.Text = append(spec.Text, strconv.Itoa(i+1))
		}
	}
	text, err := yaml.Marshal(spec)
	return append([]byte("# "+f.comment+"\n"), text...), err
}
