package steps

import (
	"fmt"
	"strings"
	"testing"
)

// The same flags twice give the same bytes, and neither the batch nor the number of threads changes any; another seed does.
func TestSameBits(t *testing.T) {
	workplace(t)
	train := "train --backbone tiny --data_path data --prompt_size 4 --epoch 2 --bz 16 --lr 1e-2 --random_seed 5 --save_to "
	must(t, train+"a --threads 1")
	must(t, train+"b --threads 2")
	must(t, strings.Replace(train, "seed 5", "seed 6", 1)+"c")
	for _, f := range []string{"best-backbone.safetensors", "optimizer.safetensors", "scheduler.json", "last-checkpoint.safetensors"} {
		same(t, "a/"+f, "b/"+f)
	}
	if string(read(t, "a/best-backbone.safetensors")) == string(read(t, "c/best-backbone.safetensors")) {
		t.Error("the seed changes nothing")
	}
	must(t, "probe --resume_from a -p --probe_type all --save_to first")
	must(t, "skillneuron --save_to a -a first/sst2/dev_perf")
	var first struct {
		Masks []struct{ Score, Share float64 }
	}
	mustJSON(t, "mask --resume_from a -p --info_path a/info/sst2/0.2 --alpha 2", &first)
	for _, batch := range []int{1, 7, 32} {
		for _, threads := range []int{1, 2, 4} {
			dir := fmt.Sprintf("out-%d-%d", batch, threads)
			how := fmt.Sprintf(" --batch %d --threads %d --quiet", batch, threads)
			must(t, "probe --resume_from a -p --probe_type all --save_to "+dir+how)
			files := tree(t, dir+"/sst2")
			if len(files) != 9 {
				t.Fatalf("files %v", files)
			}
			for _, f := range files {
				same(t, f, strings.Replace(f, dir, "first", 1))
			}
			must(t, "probe --resume_from a -p --probe_type pos --pos 2,7 --save_to "+dir+how)
			same(t, dir+"/sst2/pos_test/2,7.npy", "out-1-1/sst2/pos_test/2,7.npy")
			var got struct {
				Masks []struct{ Score, Share float64 }
			}
			mustJSON(t, "mask --resume_from a -p --info_path a/info/sst2/0.2 --alpha 2"+strings.TrimSuffix(how, " --quiet"), &got)
			if got.Masks[0] != first.Masks[0] {
				t.Errorf("batch %d, %d threads: %v, want %v", batch, threads, got.Masks[0], first.Masks[0])
			}
		}
	}
	// acc alone reads fewer rows of the last layer than all does.
	must(t, "probe --resume_from a -p --probe_type acc --save_to alone")
	for _, f := range tree(t, "alone/sst2") {
		same(t, f, strings.Replace(f, "alone", "first", 1))
	}
}
