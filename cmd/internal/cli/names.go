package cli

import (
	"sort"
	"strings"

	"github.com/spf13/pflag"
)

// aliases leads from every other spelling of a flag to its name; both with underscores.
var aliases = map[string]string{
	"bz":             "batch",
	"batch_size":     "batch",
	"lowlayer":       "low_layer",
	"highlayer":      "high_layer",
	"learning_rate":  "lr",
	"cmp_experiment": "cmp",
	"p":              "from_pretrained",
	"load_backbone":  "backbone",
	"a":              "acc_path",
	"aa":             "acc_aux_path",
}

// shorthands are the one-letter forms, by the flag's name.
var shorthands = map[string]string{"from_pretrained": "p", "acc_path": "a", "help": "h"}

// normalise makes --task-type and --task_type one flag, and likewise every pair in aliases.
func normalise(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	name = strings.ReplaceAll(name, "-", "_")
	if to, ok := aliases[name]; ok {
		name = to
	}
	return pflag.NormalizedName(name)
}

// spellings lists the other spellings of a flag as they are typed, sorted.
func spellings(name string) []string {
	var out []string
	for from, to := range aliases {
		if to != name || from == shorthands[name] {
			continue
		}
		if from == "aa" {
			out = append(out, "-aa")
		} else {
			out = append(out, "--"+from)
		}
	}
	sort.Strings(out)
	return out
}

// rewriteDoubleA turns -aa X and -aa=X, which pflag would read as -a with the value "a", into --acc_aux_path.
func rewriteDoubleA(args []string) []string {
	out := make([]string, len(args))
	copy(out, args)
	for i, a := range out {
		switch {
		case a == "--":
			return out
		case a == "-aa":
			out[i] = "--acc_aux_path"
		case strings.HasPrefix(a, "-aa="):
			out[i] = "--acc_aux_path" + a[len("-aa"):]
		}
	}
	return out
}
