// Package demo is the binary demo, apart from the steps: it alone draws pictures, whose fonts the other binaries do without.
package demo

import (
	"context"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/demo"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// planAuto is the --plan value that lets the machine's speed decide.
const planAuto = "auto"

// Run runs the binary demo.
func Run(ctx context.Context, args []string) error {
	f := cli.NewFlags(ctx, cli.Command{
		Name:    "demo",
		Purpose: "runs the whole method on a small real RoBERTa and SST-2 within five minutes, and leaves a page with pictures.",
		Examples: []string{
			"demo",
			"# every test sentence, more random draws (as DEMO=full does)\ndemo --plan full",
			"# another seed, into another folder\ndemo --random_seed 2 --save_to demo-2",
		},
	})
	o := cli.Defaults()
	o.Seed, o.Backbone, o.DataPath, o.SaveTo = tasks.DefaultSeed, demo.DefaultBackbone, demo.DefaultData, demo.DefaultDir
	plan := planAuto
	if os.Getenv("DEMO") == demo.PlanFull {
		plan = demo.PlanFull
	}
	f.Group(cli.GroupWhat)
	f.Common(&o, "save_to")
	f.ChoiceVar(&plan, "plan", "how much to compute; auto takes the largest of standard, short and brief that should fit five minutes", append([]string{planAuto}, demo.Plans...)...)
	f.Group(cli.GroupModel)
	f.Common(&o, "backbone", "prompt_size")
	f.Group(cli.GroupData)
	f.Common(&o, "data_path")
	f.Group(cli.GroupRun)
	f.Common(&o, "random_seed", "device", "kernels", "threads", "json", "quiet")
	f.Check(func() error {
		if o.PromptSize == 0 {
			return cli.Usagef("--prompt_size 0 leaves no prompt, and the demo tunes one; give 2 or more")
		}
		return nil
	})
	if err := f.Parse(args); err != nil {
		return err
	}
	cfg := demo.Config{
		Dir: o.SaveTo, DataPath: o.DataPath, Backbone: o.Backbone, Mini: mini.FS(), Seed: &o.Seed, PromptSize: o.PromptSize,
		Device: o.Device, Kernels: o.Kernels, Threads: o.Threads, Out: f.Stdout(), In: typing(f.Stdout()), Progress: f.Progress(&o),
	}
	if plan != planAuto {
		p, err := demo.Named(plan)
		if err != nil {
			return err
		}
		cfg.Plan = &p
	}
	if o.JSON {
		cfg.Out, cfg.In = io.Discard, nil
	}
	r, err := demo.Run(ctx, cfg)
	if err != nil || !o.JSON {
		return err
	}
	return f.Result(&o, r)
}

// typing is the standard input where somebody sits before it and reads the answers.
func typing(out io.Writer) io.Reader {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || !term.IsTerminal(int(os.Stdin.Fd())) || strings.EqualFold(os.Getenv("CI"), "true") {
		return nil
	}
	return os.Stdin
}
