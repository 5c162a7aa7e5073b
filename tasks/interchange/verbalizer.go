package interchange

import (
	"fmt"
	"strings"

	"github.com/skillneuron/skillneuron/internal/amount"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/tasks/dataset"
)

// given are the words of --verb, by class; nil without.
func (c Config) given() [][]string {
	if c.Words == nil {
		return nil
	}
	return dataset.ParseWords(strings.Join(c.Words, ","))
}

// taskName is what a tuned part is recorded to be tuned on: the one given, else what its file says.
func (c Config) taskName(recorded string, r *Result) string {
	switch {
	case c.Task != "":
		return c.Task
	case recorded != "":
		return recorded
	}
	r.note(fmt.Sprintf("nothing in it says which task it was tuned on: %s is recorded; --task_type names another", tasks.DefaultTask))
	return tasks.DefaultTask
}

// nameTokens gives a tuned part that has its tokens their words: those given, or what the tokens stand for.
func (c Config) nameTokens(desc *roberta.Tuned, pos []int32, tok *bpe.Tokenizer, r *Result) error {
	words := c.given()
	if words != nil && len(words) != len(pos) {
		return dataset.Usagef("--verb has words of %s, the file has %s", amount.Of(len(words), "label"), amount.Of(len(pos), "token id"))
	}
	desc.Labels, desc.Task = len(pos), c.taskName("", r)
	for i, id := range pos {
		if int(id) >= tok.VocabSize() {
			return fmt.Errorf("its token id %d lies outside the backbone's vocabulary of %d; --backbone names another", id, tok.VocabSize())
		}
		word := []string{strings.TrimSpace(tok.Decode([]int32{id}))}
		if words != nil {
			word = words[i]
		}
		if len(word) != 1 {
			return dataset.Usagef("--verb gives label %d the words %s, and the file has one token for it: give one word a label", i, strings.Join(word, ", "))
		}
		desc.Words, desc.IDs = append(desc.Words, word), append(desc.IDs, []int32{id})
	}
	return nil
}

// chooseTokens gives a tuned part the tokens of the words given, else those recorded, else those of the task's own words. With words or recorded tokens, the task
// may be one of the user's.
func (c Config) chooseTokens(desc *roberta.Tuned, tok *bpe.Tokenizer, r *Result) error {
	words := c.given()
	name := c.taskName(desc.Task, r)
	if words == nil && desc.IDs != nil {
		desc.Task = name
		return nil
	}
	task, err := dataset.Lookup(name)
	switch {
	case err != nil && words == nil:
		return dataset.Usagef("nothing says what the labels of %s are read by: give their words with --verb, or one of the known tasks (--list_tasks of the other binaries) with --task_type", name)
	case err != nil, task.Labels == 0:
		task = dataset.Task{Name: name, Labels: len(words)}
		if desc.Labels > 0 {
			task.Labels = desc.Labels
		}
	}
	v, err := task.Verbalizer(words, tok, dataset.VerbalizerOptions{Seed: desc.Seed, InText: desc.Template != ""})
	if err != nil {
		return err
	}
	desc.Task, desc.Labels, desc.Words, desc.IDs = name, len(v.IDs), v.Words, v.IDs
	for _, warning := range v.Warnings {
		c.Log.Warn(warning)
	}
	return nil
}
