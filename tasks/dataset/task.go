package dataset

import "slices"

// A Metric is how predictions are scored, in the choice of the best checkpoint, under perturbation and in timing alike.
type Metric string

const (
	Accuracy Metric = "accuracy"
	Matthews Metric = "matthews" // Matthews' correlation: CoLA
	AccF1    Metric = "acc_f1"   // mean of accuracy and of the F1 of class 1: QQP
)

// A SplitRule says how many labelled splits the public release of a data set has. It documents the registry; what is
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

// A Task is one row of the registry: what a data set's columns and labels are called and how it is scored.
type Task struct {
	Name    string
	Columns []string // text columns, one or two; nil: found in the file
	Label   string   // label column
	Labels  int      // number of classes; 0: counted in the files
	Rule    SplitRule
	Words   [][]string // verbalizer words by class index, one or more; nil where there is no default (more than four classes)
	Score   Metric
	Classes []string // names of the source's classes by index, accepted in place of integers; nil: none are known
	Keep    []int    // classes of a larger task that make up this one, in the order of the new indices; nil: all
	Of      int      // number of classes of that larger task
	// Template is the hand-written prompt, see [ParseTemplate]; empty: the usual one.
	Template string
}

// Pair reports whether an example has two texts.
func (t Task) Pair() bool { return len(t.Columns) == 2 }

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

// clone makes the slices of a registry row the caller's own.
func (t Task) clone() Task {
	t.Columns = slices.Clone(t.Columns)
	t.Words = slices.Clone(t.Words)
	for k, w := range t.Words {
		t.Words[k] = slices.Clone(w)
	}
	t.Classes = slices.Clone(t.Classes)
	t.Keep = slices.Clone(t.Keep)
	return t
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
