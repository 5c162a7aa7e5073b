package dataset

import (
	"maps"
	"slices"
	"strings"
)

// A Metric is how predictions are scored, in the choice of the best checkpoint, under perturbation and in timing alike.
type Metric string

const (
	Accuracy Metric = "accuracy"
	Matthews Metric = "matthews" // Matthews' correlation: CoLA
	AccF1    Metric = "acc_f1"   // mean of accuracy and of the F1 of class 1: QQP
)

// Metrics lists every metric.
var Metrics = []Metric{Accuracy, Matthews, AccF1}

// A SplitRule says how many labelled splits the public release of a data set has. It documents the catalogue; what is
// done follows from the labelled splits that are found (see the package comment).
type SplitRule int

const (
	AsFound    SplitRule = iota // given as files: whatever is there
	OneSplit                    // cut 80/10/10
	TwoSplits                   // the training split is cut 80/20, the other one is the test split
	ThreeSplit                  // used as they are
	BuiltIn                     // made by this package, no files
)

func (r SplitRule) String() string {
	return [...]string{"as found", "one split, cut 80/10/10", "two splits, train cut 80/20", "three splits", "built in"}[r]
}

// A Task says what a data set's columns and labels are called and how it is scored. It comes from the catalogue, from a task file beside the
// data, or from a program ([Register]).
type Task struct {
	Name      string
	Columns   []string // text columns: one, or two of a pair, or with Separator any number; nil: found in the file
	Label     string   // label column; empty: label
	Separator *string  // joins the columns to one text
	Cut       string   // divides the one column into a pair; empty: it is one text
	Labels    int      // number of classes; 0: counted in the files
	Rule      SplitRule
	Words     [][]string // verbalizer words by class index, one or more; nil where there is no default (more than four classes)
	Template  string     // the hand-written prompt, see [ParseTemplate]; empty: the usual one
	Score     Metric
	Classes   []string            // names of the source's classes by index, accepted in place of integers; nil: none are known
	Exact     bool                // the labels are Classes and no others; otherwise the files may have names of their own
	Keep      []int               // classes of a larger task that make up this one, in the order of the new indices; nil: all
	Of        int                 // number of classes of that larger task
	Header    Header              // of TSV and CSV files; empty: found out
	Splits    map[string][]string // files by split (train, dev, test), relative to the data's directory; nil: found by their names
	Also      []Also              // other columns under which the data are published
	Hub       string              // where the data are published: name on the Hugging Face hub, and configuration
	Published string              // the splits that are published, with labels
}

// Pair reports whether an example has two texts.
func (t Task) Pair() bool { return t.Cut != "" || len(t.Columns) == 2 && t.Separator == nil }

// Prompt is the task's hand-written prompt.
func (t Task) Prompt() string {
	switch {
	case t.Template != "":
		return t.Template
	case t.Pair():
		return DefaultPairTemplate
	}
	return DefaultTemplate
}

// clone makes the slices of a registered task the caller's own.
func (t Task) clone() Task {
	t.Columns = slices.Clone(t.Columns)
	t.Words = slices.Clone(t.Words)
	for k, w := range t.Words {
		t.Words[k] = slices.Clone(w)
	}
	t.Classes = slices.Clone(t.Classes)
	t.Keep = slices.Clone(t.Keep)
	t.Also = slices.Clone(t.Also)
	t.Splits = maps.Clone(t.Splits)
	return t
}

// fill completes what a task leaves to the defaults and checks the rest. Errors name a task file's field and carry no place.
func (t *Task) fill() *FileError {
	wrong := func(field, problem, remedy string) *FileError {
		return &FileError{Column: quote(field), Problem: problem, Remedy: remedy}
	}
	if t.Label == "" {
		t.Label = "label"
	}
	if t.Score == "" {
		t.Score = Accuracy
	}
	if t.Labels == 0 {
		t.Labels = len(t.Classes)
	}
	if t.Words == nil {
		t.Words = defaultWords(t.Labels)
		if t.Words == nil && t.Exact {
			t.Words = single(t.Classes...)
		}
	}
	switch n := max(t.Labels, t.Of); {
	case t.Separator == nil && len(t.Columns) > 2:
		return wrong("text", "names more than two columns", `a model takes one text or two; join them with separator: " "`)
	case t.Separator != nil && t.Cut != "":
		return wrong("cut", "stands beside separator", "a text is cut into two or joined, not both")
	case t.Cut != "" && len(t.Columns) != 1:
		return wrong("cut", "divides one column", "name one text column")
	case slices.Contains(t.Columns, t.Label):
		return wrong("label", quote(t.Label)+" is a text column", "name another column")
	case t.Labels == 1 || t.Labels > maxClasses:
		return wrong("labels", "a task has 2 to 256 classes", "give the classes in the order of their indices")
	case len(t.Classes) > 0 && len(t.Classes) != n:
		return wrong("labels", "the number of names is not that of the classes", "give one name a class")
	case len(t.Words) > 0 && len(t.Words) != t.Labels:
		return wrong("words", "the number of words is not that of the classes", "give the words of every class, or none")
	case !slices.Contains(Metrics, t.Score):
		return wrong("score", quote(string(t.Score))+" is no metric", "accuracy, matthews and acc_f1 are known")
	}
	folded := map[string]bool{}
	for _, c := range t.Classes {
		if folded[fold(c)] {
			return wrong("labels", "two classes are called "+quote(c), "case does not tell classes apart")
		}
		folded[fold(c)] = true
	}
	return nil
}

// validName reports whether s can name a task: directories and files are called after it.
func validName(s string) bool {
	return s != "" && len(s) <= 100 && s[0] != '.' && s[0] != '-' && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("._-", r))
	}) < 0
}

// defaultWords are the verbalizer words of a task with n classes, nil for more than four.
func defaultWords(n int) [][]string {
	switch n {
	case 2:
		return single("negative", "positive")
	case 3:
		return single("negative", "neutral", "positive")
	case 4:
		return single("conflict", "negative", "neutral", "positive")
	}
	return nil
}
