// Package cli is what the binaries share: signals and exit statuses ([Main]), flags that take the original's spellings ([Flags], [Options]),
// tables or JSON on stdout ([Flags.Result]) and progress on stderr ([Options.Progress]).
//
// A main.go is then
//
//	func main() { cli.Main("probe", run) }
//
//	func run(ctx context.Context, args []string) error {
//		f := cli.NewFlags(ctx, cli.Command{Name: "probe", Purpose: "…"})
//		o := cli.Defaults()
//		f.Common(&o, "task_type", "data_path", "batch", "device", "json", "quiet")
//		if err := f.Parse(args); err != nil {
//			return err
//		}
//		…
//	}
package cli
