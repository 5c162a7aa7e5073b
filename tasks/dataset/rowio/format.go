package rowio

import (
	"io"
	"slices"
	"strings"
)

// A format reads and writes the rows of one kind of file. Adding one is adding a row to formats.
type format struct {
	name   string // what --format takes
	ext    string // ending of a split's file; empty for a folder
	packed bool   // files may be compressed as a whole
	named  bool   // rows carry their column names; otherwise a header may
	// read calls yield for every row that is not blank until the file ends or yield returns an error. Errors about the
	// file are *FileError without File.
	read func(path string, b *budget, yield func(Row) error) error
	// write writes one split; finish, if any, what a folder of several splits needs beside them.
	write  func(st *stage, t Table) error
	finish func(st *stage, tables []Table) error
}

var formats []format

func init() { // an initialiser of the variable would be a cycle: formats look names up in it
	formats = []format{
		textFormat("tsv", false, readTSV, newTSVWriter),
		textFormat("csv", false, readCSV, newCSVWriter),
		textFormat("jsonl", true, readJSON, newJSONLinesWriter),
		textFormat("json", true, readJSON, newJSONArrayWriter),
		{name: "tweeteval", ext: textEnd, packed: true, named: true, read: readTweetEval, write: writeTweetEval, finish: finishTweetEval},
		{name: "parquet", ext: ".parquet", named: true, read: readParquet, write: writeParquetFile},
		{name: "arrow", named: true, read: readArrow, write: writeSaved, finish: finishSaved},
	}
}

// textFormat is a format of one stream of text a file.
func textFormat(name string, named bool, read streamReader, write func(w io.Writer, t Table) (rowWriter, error)) format {
	return format{name: name, ext: "." + name, packed: true, named: named, read: read.file, write: streamWriter(write).file}
}

func formatNamed(name string) format {
	return formats[slices.IndexFunc(formats, func(f format) bool { return f.name == name })]
}

// Formats lists the names of formats, as [Source.As] takes them.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// extensions lists what a split may lie in, for messages.
func extensions() string {
	var packed, others []string
	for _, f := range formats {
		switch {
		case f.ext == "":
		case f.packed:
			packed = append(packed, f.ext)
		default:
			others = append(others, f.ext)
		}
	}
	return strings.Join(slices.Concat(packed, others), ", ") + ", text also with .gz or .zst; or a folder of save_to_disk"
}
