package trials_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/trials"
	"github.com/skillneuron/skillneuron/testdata/golden"
)

// Two seeds of SST-2, a few rows of it, on a tiny random backbone: tuned, probed, ranked together, perturbed and pruned. A second call finds all of it
// done.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "trials")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir+"/tiny", golden.Tiny()); err != nil {
		log.Fatal(err)
	}
	cfg := trials.Config{
		Common: tasks.Common{
			TaskType: "sst2", DataPath: "../../testdata/sst2", Backbone: dir + "/tiny", PromptSize: tasks.Ptr(4), SaveTo: dir + "/out",
			Rows: tasks.Rows{Train: 16, Dev: 8, Test: 8},
		},
		Schedule: tasks.Schedule{Epochs: 1},
		Trials:   2,
		Shares:   []int{0, 20},
	}
	for range 2 {
		r, err := trials.Run(context.Background(), cfg)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d seeds, %d neurons disturbed, %d steps done before\n", len(r.Trials), r.Curve[1].Neurons, r.Resumed)
	}
	// Output:
	// 2 seeds, 30 neurons disturbed, 0 steps done before
	// 2 seeds, 30 neurons disturbed, 9 steps done before
}
