package steps

import "testing"

// With --json, stdout is one JSON value, in every step; train, probe, mask and prune are read this way by other tests.
func TestJSON(t *testing.T) {
	workplace(t)
	for _, s := range []string{"train", "dev", "test"} {
		write(t, "tweets/"+s+".tsv", threeLabels(30))
	}
	var structure struct {
		Parameters int
		Config     struct {
			Layers int `json:"num_hidden_layers"`
		}
	}
	mustJSON(t, "getprunestructure --backbone tiny --keep 0.5 --low_layer 1", &structure)
	if structure.Config.Layers != 3 || structure.Parameters != 61072-2*26*(2*36+1) {
		t.Errorf("structure %+v", structure)
	}
	var two struct {
		Folders []string
		Files   []struct{ Rows int }
	}
	mustJSON(t, "binarize --task_type tweet_eval --data_path tweets --save_to two", &two)
	if len(two.Folders) != 2 || len(two.Files) != 6 || two.Files[0].Rows != 20 {
		t.Errorf("binarized %+v", two)
	}
	must(t, "probe --backbone tiny --prompt_size 2 --data_path data --save_to fresh")
	var ranked struct {
		Names []string
		Top   []struct{ Predictivity float64 }
	}
	mustJSON(t, "skillneuron --save_to fresh -a fresh/sst2/dev_perf", &ranked)
	if len(ranked.Names) != 21 || len(ranked.Top) != 10 || ranked.Top[0].Predictivity < ranked.Top[9].Predictivity {
		t.Errorf("ranked %+v", ranked)
	}
	// Without -p a tuned part that lies there is left alone, with a warning.
	must(t, "train --backbone tiny --prompt_size 2 --data_path data --save_to run --epoch 1 --bz 16")
	r := must(t, "probe --resume_from run --data_path data --save_to unloaded --quiet --json")
	has(t, "stderr", r.stderr, "warning: ", "-p")
}
