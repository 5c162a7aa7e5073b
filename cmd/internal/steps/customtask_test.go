package steps

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// A task of a user's own goes through every step by its task file alone.
func TestTaskFileSteps(t *testing.T) {
	workplace(t)
	for _, split := range []string{"train", "dev", "test"} {
		text := string(read(t, "data/"+split+".tsv"))
		text = strings.NewReplacer("\t0\n", "\tpoor\n", "\t1\n", "\tfine\n").Replace(text)
		write(t, "own/"+split+".tsv", "review\tverdict\n"+strings.TrimPrefix(text, "sentence\tlabel\n"))
	}
	write(t, "own/task.yaml", "name: films\ntext: review\nlabel: verdict\nlabels: {poor: negative, fine: positive}\n")
	must(t, "train --data_path own --backbone tiny --save_to out --prompt_size 4 --epoch 1 --bz 16 --eval_every_step 3")
	var ran map[string]struct {
		Task string `json:"task_type"`
		Word any    `json:"words"`
	}
	readJSON(t, "out/run.json", &ran)
	if got := ran["train"]; got.Task != "films" || fmt.Sprint(got.Word) != "[negative positive]" {
		t.Fatalf("%+v", got)
	}
	must(t, "probe --resume_from out -p")
	must(t, "skillneuron --save_to out -a out/films/dev_perf")
	must(t, "mask --info_path out/info/films/0.1 --resume_from out -p --cmp")
	must(t, "prune --info_path out/info/films/0.1 --ths_path out/films/train_avg --resume_from out --save_to out/prune")
	must(t, "probe -p --resume_from out/prune --probe_type speed --data_path own")

	// Without its data's place a step still knows the words; with other data it says so.
	if err := os.Rename("own", "moved"); err != nil {
		t.Fatal(err)
	}
	must(t, "prune --info_path out/info/films/0.1 --ths_path out/films/train_avg --resume_from out --save_to out/prune2")
	if r := run(t, "probe --resume_from out -p"); r.status == 0 || !strings.Contains(r.stderr, `unknown task "films"`) {
		t.Errorf("%d %s", r.status, r.stderr)
	}
	if r := run(t, "probe --resume_from out -p --data_path data"); r.status != 2 || !strings.Contains(r.stderr, `unknown task "films"`) {
		t.Errorf("%d %s", r.status, r.stderr)
	}
	write(t, "moved/task.yaml", "name: books\ntext: review\nlabel: verdict\n")
	if r := run(t, "probe --resume_from out -p --data_path moved"); r.status != 2 || !strings.Contains(r.stderr, "describes the task books") {
		t.Errorf("%d %s", r.status, r.stderr)
	}
}

func TestListTasks(t *testing.T) {
	for _, name := range []string{"train", "probe", "mask", "binarize"} {
		has(t, name, must(t, name+" --list_tasks").stdout, "tweet_eval-neu", "premise, hypothesis", "matthews", "cardiffnlp/tweet_eval sentiment")
	}
	var tasks []map[string]any
	if err := json.Unmarshal([]byte(must(t, "train --list_tasks --json").stdout), &tasks); err != nil || len(tasks) != 24 || tasks[0]["task_type"] != "ag_news" {
		t.Errorf("%v %v", err, tasks)
	}
}
