package dataset_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

var _ dataset.Tokenizer = (*bpe.Tokenizer)(nil)

func ExampleLoad() {
	task, err := dataset.Lookup("sst2")
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := dataset.Load(task, "../../testdata/sst2", 1, dataset.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Train.Len(), data.Dev.Len(), data.Test.Len(), data.Rule)
	fmt.Printf("%q %d\n", data.Train.Examples[1].Text, data.Train.Examples[1].Label)
	for _, batch := range dataset.Batches(dataset.Shuffle(data.Train.Len(), 1, 0), 4)[:1] {
		fmt.Println(batch)
	}
	// Output:
	// 6920 872 1821 train, dev and test as found
	// "apparently reassembled from the cutting room floor of any given daytime soap" 0
	// [838 2274 4042 3560]
}

func ExampleLookup_nearNames() {
	_, err := dataset.Lookup("tweet_evl")
	fmt.Println(err)
	// Output: unknown task "tweet_evl"; did you mean tweet_eval? For a data set of your own use --task_type custom with train, dev and test files in --data_path
}

// A data set of one's own is known by its name once it is registered; a task.yaml beside the files does the same without code.
func ExampleRegister() {
	err := dataset.Register(dataset.Task{
		Name:    "stars",
		Columns: []string{"headline", "review"}, // a pair of texts
		Label:   "rating",
		Classes: []string{"one", "five"}, // as the files spell them
		Words:   [][]string{{"terrible"}, {"great", "fine"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "stars")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	rows := "headline,review,rating\nAwful,\"Slow, and too long.\",one\nWow,I cried.,five\n"
	for _, split := range []string{"train", "dev", "test"} {
		if err := os.WriteFile(filepath.Join(dir, split+".csv"), []byte(rows), 0o644); err != nil {
			fmt.Println(err)
			return
		}
	}
	task, err := dataset.Find("stars", dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := dataset.Load(task, dir, 1, dataset.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range data.Test.Examples {
		fmt.Printf("%q %q %s\n", e.Text, e.Pair, data.Task.Words[e.Label][0])
	}
	// Output:
	// "Awful" "Slow, and too long." terrible
	// "Wow" "I cried." great
}
