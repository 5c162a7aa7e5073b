package cli

import (
	"fmt"
	"regexp"
	"strings"
)

// Options are the flags that several steps share. A step sets the defaults it wants and registers those that it takes with [Flags.Common].
type Options struct {
	Device    string // auto, cpu or cuda:N
	Precision string // float32, int8, bf16 or tf32
	Kernels   string // auto; amx, avx512, avx2, neon or go; mma or wgmma
	Threads   int    // 0: as many as the processor has
	Seed      uint64

	TaskType string
	DataPath string
	Verb     []string // verbalizer words; nil: the task's own
	Batch    int      // sentences a batch

	Template string // hand-written prompt

	Backbone   string
	ModelType  string
	PromptSize int
	ResumeFrom string
	Pretrained bool // -p

	SaveTo string
	JSON   bool
	Quiet  bool
}

// Model types, as the original names them.
const (
	ModelPrompt      = "RobertaPrompt"
	ModelBias        = "RobertaBias"
	ModelAdapter     = "RobertaAdapter"
	ModelPrunePrompt = "RobertaPrunePrompt"
	ModelTemplate    = "RobertaTemplate" // ours
)

// Defaults are the original's, where it has them.
func Defaults() Options {
	return Options{
		Device: "auto", Precision: "float32", Kernels: "auto", Seed: 1,
		Batch: 8, ModelType: ModelPrompt, PromptSize: 16,
	}
}

// Common registers the named options with their values as defaults. An option's name is its flag's; an unknown one panics, since it stands in
// the program's text.
func (f *Flags) Common(o *Options, names ...string) {
	for _, name := range names {
		register, ok := common[name]
		if !ok {
			panic("cli: no common flag " + name)
		}
		register(f, o)
	}
}

var common = map[string]func(*Flags, *Options){
	"task_type": func(f *Flags, o *Options) {
		f.StringVar(&o.TaskType, "task_type", o.TaskType, "`TASK`: the data set's name, such as sst2")
		f.Once("task_type", "")
		f.DefaultText("task_type", "the resumed run's, else sst2")
	},
	"data_path": func(f *Flags, o *Options) {
		f.StringVar(&o.DataPath, "data_path", o.DataPath, "`DIR`: the task's files")
		f.Once("data_path", "give the folder that is read; where results go is --save_to")
	},
	"verb": func(f *Flags, o *Options) {
		f.Var(&words{&o.Verb}, "verb", "`WORDS`: what stands for the labels, commas between; bad|terrible,good|great gives labels several words, whose probabilities add up; one word alone draws random tokens from the seed")
		f.DefaultText("verb", "the task's own, such as negative,positive")
	},
	"template": func(f *Flags, o *Options) {
		f.StringVar(&o.Template, "template", o.Template, "`TEXT`: a hand-written prompt, such as \"{text} It was <mask>.\", or {text_a} and {text_b} for pairs; read at its <mask>, in place of a soft prompt")
		f.DefaultText("template", "the resumed run's, else none")
	},
	"batch": func(f *Flags, o *Options) {
		f.IntVar(&o.Batch, "batch", o.Batch, "`N`: sentences a batch")
		f.Check(func() error { return atLeast("batch", o.Batch, 1) })
	},
	"backbone": func(f *Flags, o *Options) {
		f.StringVar(&o.Backbone, "backbone", o.Backbone,
			"`MODEL`: mini (built in), a directory in Hugging Face layout, random:DIR, or a hub name such as roberta-base")
		if o.Backbone == "" {
			f.DefaultText("backbone", "the one recorded with what is resumed")
		}
	},
	"model_type": func(f *Flags, o *Options) {
		f.ChoiceVar(&o.ModelType, "model_type", "what is tuned: a prompt, the biases, adapters, or a pruned model's prompt; nothing of a hand-written prompt",
			ModelPrompt, ModelBias, ModelAdapter, ModelPrunePrompt, ModelTemplate)
	},
	"prompt_size": func(f *Flags, o *Options) {
		f.IntVar(&o.PromptSize, "prompt_size", o.PromptSize, "`P`: rows of the prompt, the mask's among them; 0: no prompt, and every weight trains")
		f.Check(func() error {
			if o.PromptSize == 1 {
				return Usagef("--prompt_size 1 leaves no row to train; give 0 (no prompt) or 2 and more")
			}
			return atLeast("prompt_size", o.PromptSize, 0)
		})
	},
	"resume_from": func(f *Flags, o *Options) {
		f.StringVar(&o.ResumeFrom, "resume_from", o.ResumeFrom, "`DIR`: the run (or its best-backbone) to go on from")
		f.Once("resume_from", "")
	},
	"from_pretrained": func(f *Flags, o *Options) {
		f.BoolVarP(&o.Pretrained, "from_pretrained", "p", o.Pretrained, "load the tuned part that --resume_from names")
		f.Check(func() error {
			if o.Pretrained && o.ResumeFrom == "" && f.Lookup("resume_from") != nil {
				return Usagef("-p loads a tuned part, and nothing says which; add --resume_from DIR")
			}
			return nil
		})
	},
	"save_to": func(f *Flags, o *Options) {
		f.StringVar(&o.SaveTo, "save_to", o.SaveTo, "`DIR`: where results are written")
		f.Once("save_to", "")
	},
	"random_seed": func(f *Flags, o *Options) {
		f.Uint64Var(&o.Seed, "random_seed", o.Seed, "`SEED`: decides everything random")
	},
	"device": func(f *Flags, o *Options) {
		f.StringVar(&o.Device, "device", o.Device, "`DEVICE`: what computes, auto, cpu or cuda:N")
		f.Check(func() error {
			if !deviceName.MatchString(o.Device) {
				return Usagef("--device: %q is not auto, cpu or cuda:N such as cuda:0", o.Device)
			}
			return nil
		})
	},
	"precision": func(f *Flags, o *Options) {
		f.ChoiceVar(&o.Precision, "precision", "numbers that products with weights are computed in; for steps that only read a model, int8 on a CPU, fast with AMX or AVX-512 VNNI, and bf16 on a CPU, fast with AMX; bf16 and tf32 on a GPU, where train takes them too", "float32", "int8", "bf16", "tf32")
	},
	"kernels": func(f *Flags, o *Options) {
		f.ChoiceVar(&o.Kernels, "kernels", "instruction set: on the CPU amx to go, of tensor cores on a GPU mma, or on Hopper wgmma", "auto", "amx", "avx512", "avx2", "neon", "go", "mma", "wgmma")
	},
	"threads": func(f *Flags, o *Options) {
		f.IntVar(&o.Threads, "threads", o.Threads, "`N`: threads that compute")
		f.DefaultText("threads", "one a processor")
		f.Check(func() error { return atLeast("threads", o.Threads, 0) })
	},
	"json": func(f *Flags, o *Options) {
		f.BoolVar(&o.JSON, "json", o.JSON, "print the result as JSON")
	},
	"quiet": func(f *Flags, o *Options) {
		f.BoolVar(&o.Quiet, "quiet", o.Quiet, "show no progress")
	},
}

var deviceName = regexp.MustCompile(`^(auto|cpu|cuda:(0|[1-9][0-9]{0,2}))$`)

// atLeast refuses a number below lo.
func atLeast(name string, n, lo int) error {
	if n < lo {
		return Usagef("--%s: %d is below %d", name, n, lo)
	}
	return nil
}

// words is a flag value of words with commas between; blanks around a word do not count, and an empty value means none.
type words struct{ to *[]string }

func (w *words) String() string {
	if w.to == nil {
		return ""
	}
	return strings.Join(*w.to, ",")
}
func (w *words) Type() string { return "words" }

func (w *words) Set(s string) error {
	*w.to = nil
	if strings.TrimSpace(s) == "" {
		return nil
	}
	for i, word := range strings.Split(s, ",") {
		if word = strings.TrimSpace(word); word == "" {
			return &valueError{fmt.Sprintf("word %d of %q is empty", i+1, s)}
		}
		*w.to = append(*w.to, word)
	}
	return nil
}

// Words registers a flag that takes words, or paths, with commas between them.
func (f *Flags) Words(to *[]string, name, usage string) { f.Var(&words{to}, name, usage) }

// WordsP is [Flags.Words] with a one-letter form.
func (f *Flags) WordsP(to *[]string, name, short, usage string) {
	f.VarP(&words{to}, name, short, usage)
}
