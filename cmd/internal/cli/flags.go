package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/skillneuron/skillneuron/internal/near"
)

// Command describes a binary to its readers.
type Command struct {
	Name     string
	Purpose  string   // one sentence
	Examples []string // command lines, each optionally after a line "# what it does"
	Args     string   // what positional arguments mean, such as "[SENTENCE…]"; empty: there are none, and one is a wrong call
}

// Flags is a pflag.FlagSet that reads the original's spellings and explains what is wrong with a call. Flags registered after [Flags.Group]
// stand under its title in --help; a flag's usage is
// written "`N`: sentences a batch", with the value's name first.
type Flags struct {
	*pflag.FlagSet
	cmd            Command
	stdout, stderr io.Writer
	group          string
	groups         []string
	groupOf        map[string]string
	defaults       map[string]string // texts shown in place of a default
	once           map[string]string // flags that may stand once, with what to do instead
	checks         []func() error
	help, version  bool
}

// NewFlags makes the flag set of a command; it writes where ctx says ([Streams]).
func NewFlags(ctx context.Context, cmd Command) *Flags {
	f := &Flags{
		FlagSet: pflag.NewFlagSet(cmd.Name, pflag.ContinueOnError), cmd: cmd,
		groupOf: map[string]string{}, defaults: map[string]string{}, once: map[string]string{},
	}
	f.stdout, f.stderr = Streams(ctx)
	f.SetNormalizeFunc(normalise)
	f.SortFlags = false
	f.FlagSet.Usage = func() {}
	f.SetOutput(io.Discard)
	f.BoolVarP(&f.help, "help", "h", false, "explain the command")
	f.BoolVar(&f.version, "version", false, "print the version")
	return f
}

// Stdout is where results go, Stderr where messages go.
func (f *Flags) Stdout() io.Writer { return f.stdout }

// Stderr is where messages go.
func (f *Flags) Stderr() io.Writer { return f.stderr }

// Group puts the flags registered from here on under a title in --help.
func (f *Flags) Group(title string) {
	f.claim()
	f.group = title
	for _, g := range f.groups {
		if g == title {
			return
		}
	}
	f.groups = append(f.groups, title)
}

// claim gives the flags registered since the last Group to the present group.
func (f *Flags) claim() {
	f.VisitAll(func(fl *pflag.Flag) {
		if _, ok := f.groupOf[fl.Name]; !ok {
			f.groupOf[fl.Name] = f.group
		}
	})
}

// DefaultText shows text in --help in place of the flag's default, where the default depends on something else.
func (f *Flags) DefaultText(name, text string) { f.defaults[name] = text }

// Once makes a second --name a wrong call; instead says what to do, and may be empty. Of other flags the last one counts.
func (f *Flags) Once(name, instead string) { f.once[name] = instead }

// Check adds a test of the parsed flags, which [Flags.Parse] runs in the order of their registration.
func (f *Flags) Check(check func() error) { f.checks = append(f.checks, check) }

// Parse reads the arguments. What is wrong with them comes back as a [UsageError]; [ErrDone] says that --help or --version has been answered.
func (f *Flags) Parse(args []string) error {
	f.claim()
	if f.Lookup("acc_aux_path") != nil {
		args = rewriteDoubleA(args)
	}
	if err := f.singleDash(args); err != nil {
		return err
	}
	seen := map[string]string{}
	err := f.ParseAll(args, func(fl *pflag.Flag, value string) error {
		if instead, ok := f.once[fl.Name]; ok {
			if first, again := seen[fl.Name]; again {
				return Usagef("--%s stands twice, as %q and %q%s", fl.Name, first, value, sentence(instead))
			}
		}
		seen[fl.Name] = value
		return f.Set(fl.Name, value)
	})
	switch {
	case f.help || errors.Is(err, pflag.ErrHelp):
		f.usage(f.stdout)
		return ErrDone
	case f.version && err == nil:
		fmt.Fprintln(f.stdout, versionLine(f.cmd.Name))
		return ErrDone
	case err != nil:
		return f.explain(err)
	}
	if f.cmd.Args == "" && f.NArg() > 0 {
		return f.stray(args)
	}
	for _, check := range f.checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// sentence appends a hint to a message.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return "; " + s
}

// singleDash refuses -data_path: read as shorthands it would mean something else.
func (f *Flags) singleDash(args []string) error {
	for _, a := range args {
		if a == "--" {
			return nil
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		if len(a) > 2 && a[0] == '-' && a[1] != '-' && len(name) > 1 && f.Lookup(name) != nil {
			return Usagef("%s has one dash; write --%s", a, strings.TrimPrefix(a, "-"))
		}
	}
	return nil
}

// stray explains a positional argument; a word that was meant as a boolean flag's value is the usual one.
func (f *Flags) stray(args []string) error {
	arg := f.Arg(0)
	for i, a := range args[1:] {
		if a != arg {
			continue
		}
		name := strings.TrimLeft(args[i], "-")
		if fl := f.Lookup(name); fl != nil && fl.NoOptDefVal != "" && strings.HasPrefix(args[i], "--") {
			return Usagef("unexpected argument %q; to give --%s a value, write --%s=%s", arg, name, name, arg)
		}
	}
	return Usagef("unexpected argument %q; every value follows a flag, such as --data_path DIR", arg)
}

// explain turns pflag's errors into ours.
func (f *Flags) explain(err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var usage *UsageError
	switch {
	case errors.As(err, &usage):
		return usage
	case errors.As(err, &unknown):
		if short := unknown.GetSpecifiedShortnames(); short != "" {
			return Usagef("unknown flag -%s%s", short, f.suggest(short))
		}
		return Usagef("unknown flag --%s%s", unknown.GetSpecifiedName(), f.suggest(unknown.GetSpecifiedName()))
	case errors.As(err, &missing):
		return Usagef("--%s needs a value (%s)", missing.GetFlag().Name, kind(missing.GetFlag()))
	case errors.As(err, &invalid):
		fl := invalid.GetFlag()
		var own *valueError
		if errors.As(err, &own) {
			return Usagef("--%s: %s", fl.Name, own.msg)
		}
		return Usagef("--%s: %q is not %s", fl.Name, invalid.GetValue(), kind(fl))
	}
	return Usagef("%v", err)
}

// suggest lists flags with names like the unknown one.
func (f *Flags) suggest(name string) string {
	var names []string
	f.VisitAll(func(fl *pflag.Flag) {
		names = append(names, fl.Name)
		for from, to := range aliases {
			if to == fl.Name && len(from) > 2 {
				names = append(names, from)
			}
		}
	})
	if q := near.Question(name, names, "--"); q != "" {
		return "; " + q
	}
	return ""
}

// kind says what a flag's value has to be.
func kind(fl *pflag.Flag) string {
	switch fl.Value.Type() {
	case "int", "int64", "int32":
		return "a whole number"
	case "uint", "uint64", "uint32":
		return "a whole number, 0 or more"
	case "float32", "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "duration":
		return "a duration such as 5s"
	}
	if c, ok := fl.Value.(*choice); ok {
		return "one of " + strings.Join(c.of, ", ")
	}
	name, _ := pflag.UnquoteUsage(fl)
	return name
}
