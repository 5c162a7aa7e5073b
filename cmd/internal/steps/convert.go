package steps

import (
	"context"
	"strings"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
	"github.com/skillneuron/skillneuron/tasks/interchange"
	"github.com/skillneuron/skillneuron/tasks/report/table"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// Convert runs the binary convert.
func Convert(ctx context.Context, args []string) error {
	c := newCall(ctx, cli.Command{
		Name:    "convert",
		Purpose: "moves models and results between this project's files and those of the Python world.",
		Examples: []string{
			"# a whole run of the original program, for this one\nconvert --from original/example --to example --as ours --task_type sst2",
			"# and back\nconvert --from example --to theirs --as torch",
			"# weights in PyTorch's format, once and for all\nconvert --from DIR/pytorch_model.bin --to DIR/model.safetensors --as ours",
			"# a pruned model as a folder that transformers loads with trust_remote_code=True\nconvert --from example/prune --to example/hf --as huggingface",
			"# an adapter of AdapterHub's, read by the words of sst2\nconvert --from DIR --to adapted --as ours --task_type sst2 --backbone roberta-base",
		},
	})
	var cfg interchange.Config
	var names, does []string
	for _, k := range interchange.Kinds() {
		names, does = append(names, k.Name), append(does, k.Name+": "+k.Does)
	}
	c.Group(cli.GroupWhat)
	c.StringVar(&cfg.From, "from", "", "`PATH`: the file or directory to convert")
	c.StringVar(&cfg.To, "to", "", "`PATH`: the file or directory to make")
	c.ChoiceVar(&cfg.As, "as", "what to make. "+strings.Join(does, "; "), names...)
	c.Group(cli.GroupModel)
	c.Common(&c.o, "backbone", "task_type", "verb")
	c.DefaultText("backbone", "the recorded one, else roberta-base")
	c.DefaultText("task_type", "the recorded one, else sst2")
	c.reportFlags()
	c.Check(func() error {
		for _, f := range []struct{ name, value, what string }{
			{"from", cfg.From, "what to convert"}, {"to", cfg.To, "what to make"}, {"as", cfg.As, "which conversion is wanted"},
		} {
			if f.value == "" {
				return cli.Usagef("nothing says %s: give --%s", f.what, f.name)
			}
		}
		return nil
	})
	if err := c.Parse(args); err != nil {
		return err
	}
	cfg.Backbone, cfg.Task, cfg.Words, cfg.Mini = c.o.Backbone, c.o.TaskType, c.o.Verb, mini.FS()
	cfg.Progress, cfg.Log = c.reports()
	r, err := interchange.Convert(ctx, cfg)
	if err != nil {
		return err
	}
	t := table.Table{Caption: r.From + " as " + r.As, Columns: []string{"file", "holds"}, Notes: r.Notes}
	for _, f := range r.Files {
		t.Add(f.Path, f.Holds)
	}
	return c.Result(&c.o, r, t)
}
