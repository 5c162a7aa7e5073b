package rowio

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// TweetEval keeps a text a line in SPLIT_text.txt, the labels line by line with it in SPLIT_labels.txt, and the classes' names in mapping.txt.
const (
	textEnd   = "_text.txt"
	labelsEnd = "_labels.txt"
	mapping   = "mapping.txt"
)

func readTweetEval(path string, b *budget, yield func(Row) error) error {
	labels, err := labelsBeside(path)
	if err != nil {
		return err
	}
	classes, err := readMapping(filepath.Join(filepath.Dir(path), mapping))
	if err != nil {
		return err
	}
	f, err := os.Open(labels)
	if err != nil {
		return &FileError{File: labels, Problem: "cannot be opened", Err: err}
	}
	defer f.Close()
	_, c := codecOf(labels)
	z, err := c.reader(f)
	if err != nil {
		return &FileError{File: labels, Problem: "is not a valid " + c.ext + " file", Err: err, Remedy: "fetch it again, or name it after what it is"}
	}
	defer z.Close()
	p := tweetPair{labelsPath: labels, labels: lineReader{br: bufio.NewReader(capped{z, b})}, packed: c.ext != "", classes: classes}
	return streamReader(p.read).file(path, b, yield)
}

// labelsBeside finds the labels of a file of texts; they may be compressed in another way.
func labelsBeside(path string) (string, error) {
	base, c := codecOf(path)
	stem := base[:len(base)-len(textEnd)] + labelsEnd
	for _, ext := range []string{c.ext, "", ".gz", ".zst"} {
		if _, err := os.Stat(stem + ext); err == nil {
			return stem + ext, nil
		}
	}
	return "", &FileError{Problem: "has no " + filepath.Base(stem) + " beside it", Remedy: "fetch the labels, too"}
}

// readMapping reads lines of an index and a name; the third column that some have says the same in other words.
func readMapping(path string) (map[string][]string, error) {
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, &FileError{File: path, Problem: "cannot be read", Err: err}
	}
	names, err := parseMapping(b)
	if err != nil || len(names) == 0 {
		return nil, inFile(path, err)
	}
	return map[string][]string{"label": names}, nil
}

func parseMapping(b []byte) (names []string, err error) {
	err = eachLine(bufio.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))), func(row int, line []byte) error {
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		index, name, _ := strings.Cut(string(line), "\t")
		name, _, _ = strings.Cut(name, "\t")
		if i, err := strconv.Atoi(strings.TrimSpace(index)); err != nil || i != len(names) || strings.TrimSpace(name) == "" {
			return &FileError{Row: row, Problem: Quote(string(line)) + fmt.Sprintf(" is not class %d and its name with a tab between", len(names)), Remedy: "mend it, or remove the file"}
		}
		names = append(names, strings.TrimSpace(name))
		return nil
	})
	return names, err
}

// A tweetPair reads texts beside their labels.
type tweetPair struct {
	labelsPath string
	labels     lineReader
	packed     bool
	classes    map[string][]string
}

var tweetNames = []string{"text", "label"}

func (p *tweetPair) read(br *bufio.Reader, yield func(Row) error) error {
	texts := lineReader{br: br}
	row := Row{Names: tweetNames, Cells: make([]Cell, 2), Classes: p.classes}
	for {
		text, terr := texts.next()
		if terr != nil && terr != io.EOF {
			return terr
		}
		label, lerr := p.labels.next()
		if lerr != nil && lerr != io.EOF {
			return inFile(p.labelsPath, damaged(lerr, p.labels.row, p.packed))
		}
		switch {
		case terr == io.EOF && lerr == io.EOF:
			return nil
		case lerr == io.EOF || terr == io.EOF:
			return p.uneven(&texts, text, label)
		}
		row.Number = texts.row
		row.Cells[0] = Cell{string(text), String}
		row.Cells[1] = Cell{Text: string(label)}
		if err := yield(row); err != nil {
			return err
		}
	}
}

// uneven allows blank lines at the end of the longer file and nothing else.
func (p *tweetPair) uneven(texts *lineReader, text, label []byte) error {
	longer, line, blank := texts, text, true
	if text == nil {
		longer, line = &p.labels, label
	}
	for err := error(nil); err != io.EOF; line, err = longer.next() {
		if err != nil {
			return damaged(err, longer.row, true)
		}
		blank = blank && len(bytes.TrimSpace(line)) == 0
	}
	if blank {
		return nil
	}
	return &FileError{Problem: fmt.Sprintf("has %s, but %s has %d", amount.Of(texts.row, "line"), filepath.Base(p.labelsPath), p.labels.row), Remedy: "fetch both files again"}
}

func writeTweetEval(st *stage, t Table) error {
	if len(t.Columns) != 2 {
		return fmt.Errorf("files of texts and labels hold one text a row, not %d", len(t.Columns)-1)
	}
	texts, labels := t.Source, t.Source
	labels.ext = labelsEnd
	return st.create(filepath.Join(t.dir, texts.base()), func(wt io.Writer) error {
		return st.create(filepath.Join(t.dir, labels.base()), func(wl io.Writer) error {
			return writePair(wt, wl, t)
		})
	})
}

// writePair writes each column as a TSV of its own.
func writePair(wt, wl io.Writer, t Table) error {
	t.Header = false
	return streamWriter(newTSVWriter).open(wt, t, func(texts rowWriter) error {
		return streamWriter(newTSVWriter).open(wl, t, func(labels rowWriter) error {
			return t.Rows(func(cells []Cell) error {
				if strings.HasSuffix(cells[0].Text, "\r") {
					return fmt.Errorf("%s ends in a line end, which a text in a file of lines cannot", Quote(cells[0].Text))
				}
				if err := texts.Write(cells[:1]); err != nil {
					return err
				}
				return labels.Write(cells[1:])
			})
		})
	})
}

func finishTweetEval(st *stage, tables []Table) error {
	t := tables[0]
	if len(t.Columns[1].Classes) == 0 {
		return nil
	}
	var text []byte
	for i, name := range t.Columns[1].Classes {
		text = fmt.Appendf(text, "%d\t%s\n", i, name)
	}
	return st.bytes(filepath.Join(t.dir, mapping), text)
}
