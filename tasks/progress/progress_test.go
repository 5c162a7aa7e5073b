package progress_test

import (
	"fmt"
	"testing"

	"github.com/skillneuron/skillneuron/tasks/progress"
)

// lines is a Progress that keeps what it is told.
type lines struct{ got []string }

func (l *lines) Start(what string, total int, unit string) {
	l.got = append(l.got, fmt.Sprintf("start %s %d %s", what, total, unit))
}
func (l *lines) Add(n int)       { l.got = append(l.got, fmt.Sprintf("add %d", n)) }
func (l *lines) Note(msg string) { l.got = append(l.got, "note "+msg) }
func (l *lines) Done()           { l.got = append(l.got, "done") }

func work(p progress.Progress) {
	p = progress.Or(p)
	p.Start("scoring", 3, "sentences")
	for range 3 {
		p.Add(1)
	}
	p.Note("accuracy 0.67")
	p.Done()
}

func TestOr(t *testing.T) {
	work(nil) // must not panic
	var l lines
	work(&l)
	want := "[start scoring 3 sentences add 1 add 1 add 1 note accuracy 0.67 done]"
	if got := fmt.Sprint(l.got); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func Example() {
	work(progress.Discard) // a step that reports to nobody
}
