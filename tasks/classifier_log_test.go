package tasks

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/skillneuron/skillneuron/roberta"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// TestClassifierSaysThatMemoryIsShort: what a session has to say comes to the classifier's log.
func TestClassifierSaysThatMemoryIsShort(t *testing.T) {
	var said bytes.Buffer
	c, err := LoadClassifier("../testdata/prompt", ClassifierOptions{Mini: mini.FS(), Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s := c.sessions.Get().(*roberta.Session)
	defer c.sessions.Put(s)
	if s.Short == nil {
		t.Fatal("a classifier's sessions tell nobody that memory is short")
	}
	s.Short("it holds less")
	if !strings.Contains(said.String(), "it holds less") {
		t.Errorf("the log has %q", said.String())
	}
}
