package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skillneuron/skillneuron/tasks/progress"
	"github.com/skillneuron/skillneuron/tasks/report/table"
)

func TestResult(t *testing.T) {
	v := struct {
		Score float64 `json:"score"`
		Note  string  `json:"note"`
	}{0.75, "a<b"}
	a := table.Table{Caption: "A", Columns: []string{"x"}, Rows: [][]string{{"1"}}}
	b := table.Table{Columns: []string{"y"}, Rows: [][]string{{"z"}}}

	s := newStep()
	if err := s.f.Result(&s.o, v, a, b); err != nil {
		t.Fatal(err)
	}
	if got, want := s.stdout.String(), "A\nx\n─\n1\n\ny\n─\nz\n"; got != want {
		t.Errorf("tables %q, want %q", got, want)
	}

	s = newStep()
	s.o.JSON = true
	if err := s.f.Result(&s.o, v, a); err != nil {
		t.Fatal(err)
	}
	back := v
	back.Score = 0
	if err := json.Unmarshal(s.stdout.Bytes(), &back); err != nil || back != v {
		t.Errorf("JSON %q gave %+v, %v", s.stdout, back, err)
	}
	if !strings.Contains(s.stdout.String(), "a<b") {
		t.Errorf("JSON is escaped for HTML: %s", s.stdout)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestResultErrors(t *testing.T) {
	s := newStep()
	s.f.stdout = brokenWriter{}
	for _, asJSON := range []bool{false, true} {
		s.o.JSON = asJSON
		err := s.f.Result(&s.o, 1, table.Table{Columns: []string{"x"}})
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("json %v: error %v", asJSON, err)
		}
	}
}

func TestLines(t *testing.T) {
	var w bytes.Buffer
	now := time.Unix(0, 0)
	l := newLines("probe", &w, 5*time.Second, func() time.Time { return now })
	l.Add(3) // no stretch: nothing
	l.Start("scoring dev", 200, "sentences")
	for range 12 { // one second each
		now = now.Add(time.Second)
		l.Add(10)
	}
	l.Note("accuracy\n0.8")
	l.Start("reading", 0, "files") // ends the first
	now = now.Add(8 * time.Second)
	l.Add(2)
	l.Done()
	l.Done() // nothing more
	want := strings.Join([]string{
		"probe: scoring dev: 50 of 200 sentences (25 %), 10.0 sentences/s, 15s left",
		"probe: scoring dev: 100 of 200 sentences (50 %), 10.0 sentences/s, 10s left",
		"probe: accuracy; 0.8",
		"probe: scoring dev: 120 sentences in 12s (10.0 sentences/s)",
		"probe: reading: 2 files, 0.25 files/s",
		"probe: reading: 2 files in 8.0s (0.25 files/s)",
		"",
	}, "\n")
	if w.String() != want {
		t.Errorf("got\n%s\nwant\n%s", w.String(), want)
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1500 * time.Millisecond: "1.5s", 12 * time.Second: "12s", 59600 * time.Millisecond: "1m00s",
		125 * time.Second: "2m05s", 2*time.Hour + 3*time.Minute: "2h03m",
	} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestBar(t *testing.T) {
	var w bytes.Buffer
	b := newBar("train", &w)
	b.Add(1) // no stretch: nothing
	b.Note("before")
	b.Start("tuning", 4, "steps")
	b.Add(2)
	b.Note("dev accuracy 0.8")
	b.Add(5) // more than there should be must not break it
	b.Done()
	b.Start("reading", 0, "files")
	b.Add(1)
	b.Done()
	got := w.String()
	if !strings.HasPrefix(got, "before\n") {
		t.Errorf("a note outside a stretch: %q", got)
	}
	for _, want := range []string{`tuning +0%`, `\(0/4`, `\rdev accuracy 0\.8\n`, `\rtuning: 7 steps in [0-9.]+s`, `\rreading: 1 file in`} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%q lacks %s", got, want)
		}
	}
}

func TestProgressChoice(t *testing.T) {
	s := newStep()
	if _, ok := s.f.Progress(&s.o).(*lines); !ok {
		t.Error("no lines where stderr is no terminal")
	}
	s.o.Quiet = true
	if s.f.Progress(&s.o) != progress.Discard {
		t.Error("--quiet shows progress")
	}
}

func TestProgressConcurrent(t *testing.T) {
	var w bytes.Buffer
	l := newLines("x", &w, time.Nanosecond, time.Now)
	b := newBar("x", &bytes.Buffer{})
	for _, p := range []progress.Progress{l, b} {
		p.Start("w", 800, "units")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					p.Add(1)
				}
				p.Note("n")
			})
		}
		wg.Wait()
		p.Done()
	}
	if l.done != 800 || b.done != 800 {
		t.Errorf("lines counted %d, bar %d of 800", l.done, b.done)
	}
}

func TestVersion(t *testing.T) {
	build := func(v string, kv ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Version: v}}
		for i := 0; i < len(kv); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: kv[i], Value: kv[i+1]})
		}
		return info
	}
	for _, tc := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{build("v1.2.3", "vcs.revision", "abc"), "v1.2.3"},
		{build("(devel)", "vcs.revision", "0123456789abcdef", "vcs.modified", "true"), "0123456789ab+"},
		{build("", "vcs.revision", "abc", "vcs.modified", "false"), "abc"},
		{build("(devel)"), "devel"},
	} {
		if got := version(tc.info); got != tc.want {
			t.Errorf("version %+v = %q, want %q", tc.info, got, tc.want)
		}
	}
}
