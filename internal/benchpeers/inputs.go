package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/skillneuron/skillneuron/internal/atomicfile"
	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/roberta/bpe"
	"github.com/skillneuron/skillneuron/tasks/dataset"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// inputs are the token ids of all work: what this engine and its peers compute on.
type inputs struct {
	Plan       plan      `json:"plan"`
	Device     string    `json:"device"` // what the backend calls itself
	Config     any       `json:"config"` // of the random model, as config.json has it
	Encoder    [][]int32 `json:"encoder"`
	Sentence   []int32   `json:"sentence"`
	Score      rows      `json:"score"` // the first sentences of SST-2 dev, in the order of the file
	Probe      rows      `json:"-"`
	Step       rows      `json:"step"` // the first of SST-2 train
	Verbalizer []int32   `json:"verbalizer"`
	Mask       int32     `json:"mask"` // id of <mask>, the prompt's first row
	Pad        int32     `json:"pad"`
	Pipeline   pipeline  `json:"pipeline"`

	tok *bpe.Tokenizer
}

// rows are labelled sentences.
type rows struct {
	IDs    [][]int32 `json:"ids"`
	Labels []int32   `json:"labels"`
}

// pipeline is what the whole method reads, tokenised by the mini backbone.
type pipeline struct {
	Train      rows    `json:"train"`
	Dev        rows    `json:"dev"`
	Test       rows    `json:"test"`
	Order      []int   `json:"order"` // of the train rows in the epoch
	Verbalizer []int32 `json:"verbalizer"`
	Mask       int32   `json:"mask"`
}

const (
	tokenizerFile = "testdata/golden/roberta-base-tokenizer.json.gz"
	dataDir       = "testdata/sst2"
)

func newInputs(o options) (*inputs, error) {
	tok, err := baseTokenizer(filepath.Join(o.root, tokenizerFile))
	if err != nil {
		return nil, err
	}
	c := o.config()
	in := &inputs{Plan: newPlan(o), Config: c, Mask: tok.Mask(), Pad: int32(c.PadTokenID), tok: tok}
	task, err := dataset.Lookup("sst2")
	if err != nil {
		return nil, err
	}
	data, err := dataset.Load(task, filepath.Join(o.root, dataDir), in.Plan.Pipeline.Seed, dataset.Options{})
	if err != nil {
		return nil, err
	}
	words, err := data.Task.Verbalizer(nil, tok, dataset.VerbalizerOptions{})
	if err != nil {
		return nil, err
	}
	in.Verbalizer, _ = roberta.Joined(words.IDs)
	room := c.MaxPositionEmbeddings - c.PadTokenID - 1 - in.Plan.Prompt
	score := data.Dev
	if in.Plan.Score > score.Len() {
		score = data.Train
	}
	in.Score = tokens(tok, score, in.Plan.Score, room)
	probe := data.Dev
	if in.Plan.Probe > probe.Len() {
		probe = data.Train
	}
	in.Probe = tokens(tok, probe, in.Plan.Probe, room)
	in.Plan.Probe = len(in.Probe.IDs)
	in.Step = tokens(tok, data.Train, in.Plan.Step, room)
	rng := rand.New(rand.NewPCG(1, 2))
	for range in.Plan.Encoder[0] {
		in.Encoder = append(in.Encoder, randomSentence(rng, in.Plan.Encoder[1], c))
	}
	in.Sentence = randomSentence(rng, in.Plan.Sentence, c)
	return in, in.readPipeline(data)
}

// readPipeline takes the rows that tasks.Train, Probe and the others take with the same limits and seed.
func (in *inputs) readPipeline(data *dataset.Data) error {
	tok, err := bpe.Load(mini.FS())
	if err != nil {
		return err
	}
	words, err := data.Task.Verbalizer(nil, tok, dataset.VerbalizerOptions{})
	if err != nil {
		return err
	}
	p := in.Plan.Pipeline
	train, dev, test := data.Train.Subset(p.Train, p.Seed), data.Dev.Subset(p.Dev, p.Seed), data.Test.Subset(p.Test, p.Seed)
	const room = 512
	ids, _ := roberta.Joined(words.IDs)
	in.Pipeline = pipeline{
		Train: tokens(tok, train, 0, room), Dev: tokens(tok, dev, 0, room), Test: tokens(tok, test, 0, room),
		Order: dataset.Shuffle(train.Len(), p.Seed, 0), Verbalizer: ids, Mask: tok.Mask(),
	}
	return nil
}

// tokens encodes the first n rows of a split, 0: all.
func tokens(tok *bpe.Tokenizer, s dataset.Split, n, room int) (r rows) {
	if n == 0 || n > s.Len() {
		n = s.Len()
	}
	for _, e := range s.Examples[:n] {
		r.IDs = append(r.IDs, tok.EncodeTruncated(e.Text, room))
		r.Labels = append(r.Labels, int32(e.Label))
	}
	return r
}

// randomSentence is <s> … </s> of n tokens without special ones between.
func randomSentence(rng *rand.Rand, n int, c roberta.Config) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(100 + rng.IntN(c.VocabSize-200))
	}
	ids[0], ids[n-1] = int32(c.BosTokenID), int32(c.EosTokenID)
	return ids
}

func baseTokenizer(path string) (*bpe.Tokenizer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: run this from the repository's root, or name it with -root", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return bpe.Load(fstest.MapFS{"tokenizer.json": {Data: text}})
}

func (in *inputs) write(path string) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, text)
}
