package demo

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

func makeDir(dir string) error { return os.MkdirAll(dir, 0o755) }

// finish writes the page and its pictures.
func (d *demo) finish() error {
	d.r.Seconds = time.Since(d.begun).Seconds()
	d.figs.pruning = d.pruneFigure()
	return d.page().Write(d.Dir)
}

// end writes demo.json, shows everything in one table, says where to look and what to try, and reads what is typed.
func (d *demo) end(ctx context.Context) error {
	if err := d.r.write(d.Dir); err != nil {
		return err
	}
	d.heading("Everything in one table", "")
	d.table(d.r.Summary())
	d.table(d.r.times())
	page := filepath.Join(d.Dir, "index.html")
	if abs, err := filepath.Abs(page); err == nil {
		page = abs
	}
	d.say("\nThe page with all pictures (opens offline): %s", page)
	d.say("The pictures alone: %s    All numbers: %s", filepath.Join(d.Dir, "figures")+string(filepath.Separator), filepath.Join(d.Dir, ResultFile))
	d.say("\nCommands to try next:")
	for _, c := range d.r.Commands() {
		if c.What != "" {
			d.say("  # %s", c.What)
		}
		d.say("  %s", c.Line)
	}
	return d.typed(ctx)
}
