package steps

import (
	"fmt"
	"strings"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/tasks"
)

// percent prints a share.
func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }

// score prints a score by the task's metric, which need not be a share.
func score(x float64) string { return fmt.Sprintf("%.4f", x) }

// scored names the metric, with the score of always answering the largest class where it is the accuracy.
func scored(metric string, majority float64) string {
	if metric == "accuracy" {
		return "scores are accuracies; always answering the largest class gives " + score(majority)
	}
	return fmt.Sprintf("scores are %s; the largest class has a share of %s", metric, score(majority))
}

// next is the note that says how to go on.
func next(format string, args ...any) string { return "next: bin/" + fmt.Sprintf(format, args...) }

// widths prints the layers' widths, runs of equal ones shortened.
func widths(w []int) string {
	var parts []string
	for i := 0; i < len(w); {
		j := i
		for j < len(w) && w[j] == w[i] {
			j++
		}
		if j-i == 1 {
			parts = append(parts, fmt.Sprint(w[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d×%d", j-i, w[i]))
		}
		i = j
	}
	return strings.Join(parts, ", ")
}

// dataArg repeats --data_path for the next command where it was given.
func (c *call) dataArg() string {
	if c.o.DataPath == "" {
		return ""
	}
	return " --data_path " + tasks.ShellWord(c.o.DataPath)
}

// probeType is the probe that suits what was trained: a pruned model's neurons make no array, and accuracies are measured between two labels.
func probeType(r *tasks.TrainResult) tasks.ProbeType {
	prompt := roberta.Method(r.Method).HasPrompt() && r.Prompt > 0 || r.Template != ""
	switch {
	case r.Pruned, !prompt && r.Labels > 2:
		return tasks.ProbeSpeed
	case r.Labels > 2:
		return tasks.ProbeAvg
	case prompt:
		return tasks.ProbeAcc
	}
	return tasks.ProbeAccMean
}
