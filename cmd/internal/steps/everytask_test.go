package steps

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/tasks/dataset/rowio"
	"github.com/skillneuron/skillneuron/tasks/trials"
)

// Every task of the catalogue, from files that are laid out as the published ones, in every format: read as the same rows, and taken through the
// steps as far as its labels go, on the tiny random backbone and on mini. All but one format a task on tiny are left out under -short.
func TestEveryTask(t *testing.T) {
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	workplace(t)
	tasks := dataset.Catalogue()
	if len(tasks) != 24 {
		t.Errorf("%d tasks", len(tasks))
	}
	must(t, "train --data_path data --backbone tiny --prompt_size 4 --epoch 1 --bz 16 --save_to tiny-sst2")
	if !testing.Short() {
		must(t, "train --data_path data --backbone mini --prompt_size 4 --epoch 1 --bz 4 --save_to mini-sst2 --train_rows 8 --dev_rows 4 --test_rows 4")
	}
	for _, task := range tasks {
		t.Run(task.Name, func(t *testing.T) {
			e := everyTask{t, task, repo}
			switch {
			case task.Rule == dataset.BuiltIn:
				e.empty("tiny")
				if !testing.Short() {
					e.empty("mini")
				}
				return
			case strings.HasSuffix(task.Name, "-pn"), strings.HasSuffix(task.Name, "-neu"):
				e.half()
				return
			}
			e.formats()
		})
	}
}

type everyTask struct {
	*testing.T
	task dataset.Task
	repo string
}

// empty is the task without files: the activations of the prompt alone.
func (e everyTask) empty(backbone string) {
	must(e, "probe --resume_from "+backbone+"-sst2 -p --task_type empty --probe_type prompt_act --save_to empty-"+backbone)
	shape := map[string][]int{"tiny": {12, 3, 52}, "mini": {12, 6, 1536}}[backbone]
	array[float32](e, "empty-"+backbone+"/empty/prompt_activation.npy", "<f4", shape...)
}

// published is the data set that holds the task's rows.
func (e everyTask) published() string {
	name := e.task.Name
	for _, end := range []string{"_s", "-pn", "-neu"} {
		name = strings.TrimSuffix(name, end)
	}
	return name
}

// formats lays the release out in each format and runs the task on each.
func (e everyTask) formats() {
	r := publish(e, e.repo, e.published())
	all := append(rowio.Formats(), "csv.gz", "jsonl.zst", "original")
	digest := ""
	for i, format := range all {
		dir := filepath.Join("files", e.task.Name, format)
		switch {
		case format == "original":
			if !r.original(e, dir) {
				continue
			}
		case strings.HasPrefix(format, "tweeteval") && (e.task.Pair() || e.task.Columns[0] != "text"):
			continue // one file of texts, one of labels: the columns have no other names
		default:
			r.as(e, dir, format)
		}
		d, err := dataset.Load(e.task, dir, 1, dataset.Options{})
		if err != nil {
			e.Errorf("%s: %v", format, err)
			continue
		}
		sum := d.Train.Digest + d.Dev.Digest + d.Test.Digest
		if digest == "" {
			digest = sum
		}
		if sum != digest {
			e.Errorf("%s holds other rows than %s", format, all[0])
		}
		if i == 0 || !testing.Short() {
			e.through(dir, "tiny", format)
		}
		if !testing.Short() {
			e.through(dir, "mini", format)
		}
	}
}

// half is one of the tasks that binarize makes.
func (e everyTask) half() {
	r := publish(e, e.repo, e.published())
	parent := filepath.Join("files", e.task.Name, "parent")
	r.as(e, parent, "parquet")
	out := filepath.Join("files", e.task.Name, "made")
	for i, format := range []string{"jsonl", "parquet", "arrow"} {
		must(e, "binarize --task_type "+r.task.Name+" --data_path "+parent+" --save_to "+out+format+" --format "+format)
		dir := filepath.Join(out+format, e.task.Name)
		if i == 0 || !testing.Short() {
			e.through(dir, "tiny", format)
		}
		if !testing.Short() {
			e.through(dir, "mini", format)
		}
	}
}

// through takes the task through the steps.
func (e everyTask) through(dir, backbone, format string) {
	e.Helper()
	name := e.task.Name
	save := filepath.Join("out", name+"-"+backbone+"-"+format)
	flags, rows := " --backbone "+backbone+" --prompt_size 4 --epoch 1 --bz 8 --lr 1e-2 --save_to "+save, ""
	if backbone == "mini" { // few rows, a step: mini is not small
		rows = " --train_rows 4 --dev_rows 2 --test_rows 2"
	}
	flags += rows
	shape := map[string][2]int{"tiny": {3, 52}, "mini": {6, 1536}}[backbone]
	switch {
	case e.task.Labels > 4:
		must(e, "binarize --task_type "+name+" --data_path "+dir+" --positive Film --save_to "+save+"-parts")
		name += "-Film"
		dir = filepath.Join(save+"-parts", name)
	case e.task.Labels > 2:
		line := "trials --task_type " + name + " --data_path " + dir + flags + " --shares 0,20"
		if backbone == "tiny" { // whose vocabulary has few words
			line += " --verb " + strings.Join(strings.Split("abcd"[:e.task.Labels], ""), ",")
		} else { // the parts' own prompts are trained where the parts are tasks of their own
			line += " --prompts whole"
		}
		var r trials.Result
		mustJSON(e, line, &r)
		if r.Labels != e.task.Labels || len(r.Trials[0].Parts) != 2 || !(r.Share < 1) || len(r.Curve) != 2 {
			e.Errorf("%s: %+v", save, r)
		}
		array[bool](e, filepath.Join(save, "info", name, "0.2.npy"), "|b1", shape[0], shape[1])
		return
	}
	task := " --task_type " + name + " --data_path " + dir
	must(e, "train"+task+flags)
	must(e, "probe --resume_from "+save+" -p"+rows)
	for _, f := range []string{"train_avg", "dev_perf", "test_perf"} {
		array[float32](e, filepath.Join(save, name, f+".npy"), "<f4", shape[0], 4, shape[1])
	}
	must(e, "skillneuron --save_to "+save+" -a "+filepath.Join(save, name, "dev_perf"))
	array[bool](e, filepath.Join(save, "info", name, "0.2.npy"), "|b1", shape[0], shape[1])
	if _, err := os.Stat(filepath.Join(save, "best-backbone.safetensors")); err != nil {
		e.Error(err)
	}
}
