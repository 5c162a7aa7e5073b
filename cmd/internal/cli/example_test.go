package cli_test

import (
	"context"
	"fmt"
	"os"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
)

func Example() {
	run := func(ctx context.Context, args []string) error {
		f := cli.NewFlags(ctx, cli.Command{Name: "probe", Purpose: "measures what each neuron predicts."})
		o := cli.Defaults()
		f.Common(&o, "task_type", "batch", "device")
		if err := f.Parse(args); err != nil {
			return err
		}
		fmt.Println(o.TaskType, o.Batch, o.Device)
		return nil
	}
	fmt.Println(cli.Run(context.Background(), "probe", []string{"--task-type", "sst2", "--bz", "16"}, os.Stdout, os.Stdout, run))
	fmt.Println(cli.Run(context.Background(), "probe", []string{"--tsk_type", "sst2"}, os.Stdout, os.Stdout, run))
	// Output:
	// sst2 16 auto
	// 0
	// probe: unknown flag --tsk_type; did you mean --task_type? (probe --help lists the flags)
	// 2
}
