package steps

import "testing"

// A class that is given by its index is called by its name.
func TestBinarizeNamesTheClass(t *testing.T) {
	tweets(t)
	for _, class := range []string{"1", "neutral"} {
		r := must(t, "binarize --task_type tweet_eval --data_path tweets --save_to parts --positive "+class)
		has(t, "the table", r.stdout, "parts/tweet_eval-neutral/train.tsv", "have label 1: neutral\n")
	}
}
