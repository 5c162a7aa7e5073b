package dataset

import "github.com/skillneuron/skillneuron/tasks/dataset/rowio"

// An outFile is a split to be written as its source was read: name, format, compression, columns, header.
type outFile struct {
	source rowio.Source
	columns
	rows [][]rowio.Cell
}

// A folder is a data set to be written.
type folder struct {
	path  string
	files []outFile
}

// writeFolders writes all files or, on an error, none.
func writeFolders(folders []folder) error {
	var out []rowio.Folder
	for _, f := range folders {
		o := rowio.Folder{Path: f.path}
		for _, file := range f.files {
			t := rowio.Table{Source: file.source, Header: file.header, Rows: rowio.Values(file.rows)}
			for _, name := range file.names {
				t.Columns = append(t.Columns, rowio.Column{Name: name, Kind: rowio.String})
			}
			t.Columns[len(t.Columns)-1].Kind = rowio.Number
			o.Tables = append(o.Tables, t)
		}
		out = append(out, o)
	}
	return rowio.Write(out...)
}
