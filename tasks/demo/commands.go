package demo

import (
	"fmt"

	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/report"
)

// Commands are command lines that go on from the demo's files.
func (r *Result) Commands() report.Commands {
	dir, data := tasks.ShellWord(r.Dir), tasks.ShellWord(r.DataPath)
	resumed := fmt.Sprintf("--resume_from %s -p --data_path %s", dir, data)
	out := report.Commands{
		{What: "Set the top 5, 10 and 20 % skill neurons to their averages, beside as many random ones, on the whole test set",
			Line: fmt.Sprintf("bin/mask %s --info_path %[2]s/info/sst2/0.05,%[2]s/info/sst2/0.1,%[2]s/info/sst2/0.2 --type mean --ths_path %[2]s/sst2/train_avg --cmp --save_to %[2]s/mean", resumed, dir)},
	}
	if len(r.Neurons.Top) > 0 {
		n := r.Neurons.Top[0]
		if len(r.Neurons.Top) > 1 {
			n = r.Neurons.Top[1] // the best one's are there already
		}
		out = append(out, report.Command{What: "Write the activations of the second-best neuron at every prompt row",
			Line: fmt.Sprintf("bin/probe %s --probe_type pos --pos %d,%d", resumed, n.Layer, n.Neuron)})
	}
	out = append(out,
		report.Command{What: "Keep 5 % of the neurons, then tune the prompt of what is left",
			Line: fmt.Sprintf("bin/prune --resume_from %[1]s --info_path %[1]s/info/sst2/0.05 --ths_path %[1]s/sst2/train_mean_avg --keep 0.05 --save_to %[1]s/prune-5", dir)},
		report.Command{
			Line: fmt.Sprintf("bin/train --resume_from %[1]s/prune-5 -p --model_type RobertaPrunePrompt --data_path %[2]s --save_to %[1]s/prune-5-tuned --batch 32 --lr 1e-2 --dropout 0 --epoch 1 --eval_every_step 55", dir, data)},
		report.Command{What: "Tune every bias instead of a prompt (BitFit), and look for skill neurons there",
			Line: fmt.Sprintf("bin/train --backbone %s --task_type sst2 --data_path %s --model_type RobertaBias --batch 32 --lr 1e-3 --dropout 0 --epoch 1 --eval_every_step 55 --save_to %s/bitfit", tasks.ShellWord(r.Backbone), data, dir)},
		report.Command{
			Line: fmt.Sprintf("bin/probe --resume_from %[1]s/bitfit -p --data_path %[2]s --probe_type acc_mean", dir, data)},
		report.Command{What: "The demo on every test sentence with more random draws, and with another seed",
			Line: "DEMO=full make demo"},
		report.Command{Line: fmt.Sprintf("bin/demo --random_seed %d --save_to %s-seed%[1]d", r.Seed+1, dir)},
	)
	return out
}
