package steps

import (
	"strings"
	"testing"
)

// --help says the true defaults, and every flag of the seed text is taken in its spelling there.
func TestHelp(t *testing.T) {
	for line, says := range map[string][]string{
		"train --help": {"--epoch N", "(default 4)", "--bz; default 8)", "--eval_every_step", "(default 10)", "--learning_rate; default 0.001)",
			"the resumed run's, else roberta-base", "the resumed run's, else 16", "the resumed run's, else 1)", "the resumed run's, else RobertaPrompt", "the resumed run's, else"},
		"probe -h":                 {"acc|acc_mean|acc_max|all|avg|pos|prompt_act|speed", "default 16)", "--pos L,I"},
		"skillneuron --help":       {"-a, --acc_path FILES", "-aa", "mean|min"},
		"mask --help":              {"gaussian|zero|mean", "(default 0.1)", "--cmp_experiment", "--lowlayer", "--highlayer", "--draws N"},
		"prune --help":             {"(default 0.02)", "double_count", "a quarter of the layers"},
		"getprunestructure --help": {"prune_structure", "roberta-base"},
		"binarize --help":          {"-pn", "-neu", "--save_to"},
		"convert --help":           {"--from PATH", "--to PATH", "torch: ", "ours: "},
	} {
		r := must(t, line)
		has(t, line, strings.Join(strings.Fields(r.stdout), " "), says...)
		if r.stderr != "" {
			t.Errorf("%s wrote to stderr: %s", line, r.stderr)
		}
		must(t, strings.Fields(line)[0]+" --version")
	}
	for step, flags := range map[string]string{
		"train":       "model_type prompt_size p save_to resume_from task_type data_path verb device random_seed epoch eval_every_step batch early_stop bz lr learning_rate dropout backbone load_backbone",
		"probe":       "probe_type model_type prompt_size p resume_from save_to task_type data_path verb device random_seed batch_size bz pos add_mask ths_path",
		"skillneuron": "type acc_path acc_aux_path task_type save_to",
		"mask":        "cmp info_path type alpha ths_path low_layer high_layer task_type data_path verb model_type prompt_size p save_to resume_from device random_seed batch",
		"prune":       "info_path resume_from ths_path save_to random_seed",
		"binarize":    "task_type data_path save_to",
	} {
		for _, flag := range strings.Fields(flags) {
			dash := "--"
			if len(flag) == 1 {
				dash = "-"
			}
			r := run(t, step+" "+dash+flag+" --help")
			if strings.Contains(r.stderr, "unknown flag") {
				t.Errorf("%s knows no %s%s", step, dash, flag)
			}
		}
	}
}
