package cli

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// step is a step with every common flag and the aliased ones that some steps add.
type step struct {
	f         *Flags
	o         Options
	stdout    *bytes.Buffer
	acc, aux  []string
	low, high int
	lr        float64
	cmp, stop bool
}

func newStep() *step {
	s := &step{o: Defaults(), stdout: new(bytes.Buffer)}
	s.f = NewFlags(withStreams(context.Background(), s.stdout, new(bytes.Buffer)), Command{
		Name: "step", Purpose: "does a step.", Examples: []string{"# first\nstep --task_type sst2", "step -p"},
	})
	s.f.Group("Common")
	for name := range common {
		s.f.Common(&s.o, name)
	}
	s.f.Group("Step")
	s.f.VarP(&words{&s.acc}, "acc_path", "a", "`FILES`: predictivities")
	s.f.Words(&s.aux, "acc_aux_path", "`FILES`: of the other subtask")
	s.f.IntVar(&s.low, "low_layer", 0, "`L`: first layer")
	s.f.IntVar(&s.high, "high_layer", 0, "`L`: layer after the last")
	s.f.Float64Var(&s.lr, "lr", 1e-3, "`RATE`: learning rate")
	s.f.BoolVar(&s.cmp, "cmp", false, "compare")
	s.f.BoolVar(&s.stop, "early_stop", false, "stop early")
	return s
}

func TestSpellings(t *testing.T) {
	for _, tc := range []struct {
		args string
		ok   func(*step) bool
	}{
		{"--task_type sst2", func(s *step) bool { return s.o.TaskType == "sst2" }},
		{"--task-type=sst2", func(s *step) bool { return s.o.TaskType == "sst2" }},
		{"--bz 16", func(s *step) bool { return s.o.Batch == 16 }},
		{"--batch 16", func(s *step) bool { return s.o.Batch == 16 }},
		{"--batch_size 16", func(s *step) bool { return s.o.Batch == 16 }},
		{"--batch-size=16", func(s *step) bool { return s.o.Batch == 16 && s.f.Changed("batch") && s.f.Changed("bz") }},
		{"", func(s *step) bool { return s.o.Batch == 8 && !s.f.Changed("batch") }},
		{"--lowlayer 2 --highlayer 5", func(s *step) bool { return s.low == 2 && s.high == 5 }},
		{"--low_layer 2 --high-layer 5", func(s *step) bool { return s.low == 2 && s.high == 5 }},
		{"--learning_rate 1e-2", func(s *step) bool { return s.lr == 1e-2 }},
		{"--lr=1e-2", func(s *step) bool { return s.lr == 1e-2 }},
		{"--cmp", func(s *step) bool { return s.cmp }},
		{"--cmp_experiment", func(s *step) bool { return s.cmp }},
		{"--resume_from d -p", func(s *step) bool { return s.o.Pretrained && s.o.ResumeFrom == "d" }},
		{"--resume_from d --from_pretrained", func(s *step) bool { return s.o.Pretrained }},
		{"--load_backbone mini", func(s *step) bool { return s.o.Backbone == "mini" }},
		{"--backbone mini", func(s *step) bool { return s.o.Backbone == "mini" }},
		{"-a x,y -aa z", func(s *step) bool {
			return slices.Equal(s.acc, []string{"x", "y"}) && slices.Equal(s.aux, []string{"z"})
		}},
		{"-aa=z,w -a=x", func(s *step) bool {
			return slices.Equal(s.acc, []string{"x"}) && slices.Equal(s.aux, []string{"z", "w"})
		}},
		{"--acc_path x --acc_aux_path z", func(s *step) bool { return s.acc[0] == "x" && s.aux[0] == "z" }},
		{"--early_stop", func(s *step) bool { return s.stop }},
		{"--early_stop=true --early_stop=false", func(s *step) bool { return !s.stop && s.f.Changed("early_stop") }},
		{"--bz 16 --batch 32", func(s *step) bool { return s.o.Batch == 32 }},
		{"--verb bad,good", func(s *step) bool { return slices.Equal(s.o.Verb, []string{"bad", "good"}) }},
		{"--verb=", func(s *step) bool { return s.o.Verb == nil }},
		{"--device cuda:12 --kernels avx2 --threads 2", func(s *step) bool { return s.o.Device == "cuda:12" && s.o.Kernels == "avx2" && s.o.Threads == 2 }},
		{"--precision int8", func(s *step) bool { return s.o.Precision == "int8" }},
		{"--random_seed 18446744073709551615", func(s *step) bool { return s.o.Seed == 1<<64-1 }},
		{"--prompt_size 0", func(s *step) bool { return s.o.PromptSize == 0 }},
		{"--json --quiet", func(s *step) bool { return s.o.JSON && s.o.Quiet }},
	} {
		s := newStep()
		if err := s.f.Parse(strings.Fields(tc.args)); err != nil {
			t.Errorf("%q: %v", tc.args, err)
		} else if !tc.ok(s) {
			t.Errorf("%q gave %+v, low %d, high %d, lr %g, cmp %v, acc %q, aux %q", tc.args, s.o, s.low, s.high, s.lr, s.cmp, s.acc, s.aux)
		}
	}
}

func TestWrongCalls(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"--tsak_type sst2", "unknown flag --tsak_type; did you mean --task_type?"},
		{"--batchsize 3", "unknown flag --batchsize; did you mean --batch_size"},
		{"--zzzzzz", "unknown flag --zzzzzz"},
		{"-x", "unknown flag -x"},
		{"-data_path d", "-data_path has one dash; write --data_path"},
		{"-acc_path=d", "-acc_path=d has one dash; write --acc_path=d"},
		{"--data_path a --data-path b", `--data_path stands twice, as "a" and "b"; give the folder that is read`},
		{"--save_to a --save_to b", `--save_to stands twice, as "a" and "b"`},
		{"--bz", "--batch needs a value (a whole number)"},
		{"--bz ten", `--batch: "ten" is not a whole number`},
		{"--bz 0", "--batch: 0 is below 1"},
		{"--lr fast", `--lr: "fast" is not a number`},
		{"--early_stop=maybe", `--early_stop: "maybe" is not true or false`},
		{"--early_stop false", `unexpected argument "false"; to give --early_stop a value, write --early_stop=false`},
		{"sst2", `unexpected argument "sst2"; every value follows a flag`},
		{"-- --quiet", `unexpected argument "--quiet"`},
		{"--device gpu", `--device: "gpu" is not auto, cpu or cuda:N`},
		{"--device cuda:", `--device: "cuda:" is not`},
		{"--device cuda:01", `--device: "cuda:01" is not`},
		{"--precision float16", `--precision: "float16" is not one of float32`},
		{"--model_type RobertaPromt", "did you mean RobertaPrompt?"},
		{"--kernels sse", `--kernels: "sse" is not one of auto, amx, avx512, avx2, neon, go, mma, wgmma`},
		{"--threads -1", "--threads: -1 is below 0"},
		{"--random_seed -1", `--random_seed: "-1" is not a whole number, 0 or more`},
		{"--prompt_size 1", "--prompt_size 1 leaves no row to train"},
		{"--prompt_size -4", "--prompt_size: -4 is below 0"},
		{"-p", "-p loads a tuned part, and nothing says which; add --resume_from DIR"},
		{"--verb bad,,good", `word 2 of "bad,,good" is empty`},
	} {
		err := newStep().f.Parse(strings.Fields(tc.args))
		var u *UsageError
		if !errors.As(err, &u) || !strings.Contains(u.Msg, tc.want) {
			t.Errorf("%q: error %v, want %q", tc.args, err, tc.want)
		}
	}
}

func TestDoubleAOnlyWhereItIsAFlag(t *testing.T) {
	f := NewFlags(t.Context(), Command{Name: "x"})
	a := f.StringP("acc_path", "a", "", "")
	if err := f.Parse([]string{"-aa"}); err != nil || *a != "a" {
		t.Errorf("-aa gave %q, %v; a step without the flag reads it as pflag does", *a, err)
	}
	in := []string{"-aa", "x", "--", "-aa"}
	got := rewriteDoubleA(in)
	if want := []string{"--acc_aux_path", "x", "--", "-aa"}; !slices.Equal(got, want) || in[0] != "-aa" {
		t.Errorf("got %q from %q", got, in)
	}
}

func TestArgs(t *testing.T) {
	f := NewFlags(t.Context(), Command{Name: "classify", Args: "[SENTENCE…]"})
	if err := f.Parse([]string{"a fine film", "b"}); err != nil || f.NArg() != 2 || f.Arg(0) != "a fine film" {
		t.Errorf("error %v, arguments %q", err, f.Args())
	}
}

func TestHelp(t *testing.T) {
	for _, arg := range []string{"--help", "-h"} {
		s := newStep()
		if err := s.f.Parse([]string{arg}); !errors.Is(err, ErrDone) {
			t.Fatalf("%s: %v", arg, err)
		}
		got := s.stdout.String()
		for _, want := range []string{
			"step: does a step.\n\nUsage:\n  step [flags]\n",
			"\nExamples:\n  # first\n  step --task_type sst2\n  step -p\n",
			"\nCommon:\n", "\nStep:\n", "\nGeneral:\n",
			"      --batch N               sentences a batch (also --batch_size, --bz; default 8)\n",
			"  -a, --acc_path FILES        predictivities\n",
			"      --acc_aux_path FILES    of the other subtask (also -aa)\n",
			"      --lr RATE               learning rate (also --learning_rate; default 0.001)\n",
			"  -p, --from_pretrained       load the tuned part",
			"(default: the resumed run's,",
			"      --early_stop            stop early\n",
			"-h, --help ",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q:\n%s", arg, want, got)
			}
		}
		for _, l := range strings.Split(got, "\n") {
			if len([]rune(l)) > usageWidth {
				t.Errorf("line of %d: %s", len([]rune(l)), l)
			}
		}
	}
}

// Help must answer although a mistake follows.
func TestHelpBesideMistakes(t *testing.T) {
	s := newStep()
	if err := s.f.Parse([]string{"--help", "--nonsense"}); !errors.Is(err, ErrDone) || s.stdout.Len() == 0 {
		t.Errorf("error %v, %d bytes", err, s.stdout.Len())
	}
}

func TestVersionFlag(t *testing.T) {
	s := newStep()
	if err := s.f.Parse([]string{"--version"}); !errors.Is(err, ErrDone) || !strings.HasPrefix(s.stdout.String(), "step (skillneuron) ") {
		t.Errorf("error %v, stdout %q", err, s.stdout.String())
	}
}

func TestDefaultsOfAStep(t *testing.T) {
	o := Defaults()
	o.Backbone, o.Batch = "roberta-base", 16
	f := NewFlags(t.Context(), Command{Name: "x"})
	f.Common(&o, "backbone", "batch")
	if err := f.Parse(nil); err != nil || o.Backbone != "roberta-base" || o.Batch != 16 || f.Lookup("backbone").DefValue != "roberta-base" {
		t.Errorf("error %v, options %+v", err, o)
	}
}
