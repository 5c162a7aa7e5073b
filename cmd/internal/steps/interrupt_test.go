package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/skillneuron/skillneuron/internal/countdown"
	"github.com/skillneuron/skillneuron/tasks"
)

// Wherever a run asks whether it was interrupted, between two steps, within an evaluation, within the last scoring: what goes on from there ends
// with the same bits.
func TestInterruptedAnywhere(t *testing.T) {
	workplace(t)
	for name, schedule := range map[string]tasks.Schedule{
		"to_the_end":    {Epochs: 2, BatchSize: 16, EvalEvery: 2, LR: 1e-2},
		"stopped_early": {Epochs: 4, BatchSize: 16, EvalEvery: 1, LR: 1e-30, EarlyStop: true},
	} {
		t.Run(name, func(t *testing.T) {
			common := tasks.Common{DataPath: "data", Backbone: "tiny", PromptSize: tasks.Ptr(4), SaveTo: name + "-whole"}
			whole, err := tasks.Train(t.Context(), tasks.TrainConfig{Common: common, Schedule: schedule})
			if err != nil {
				t.Fatal(err)
			}
			if whole.EarlyStop != schedule.EarlyStop {
				t.Fatalf("stopped early: %v", whole.EarlyStop)
			}
			places := 0
			for n := 0; ; n++ {
				dir := fmt.Sprintf("%s-%d", name, n)
				common.SaveTo = dir
				_, err := tasks.Train(countdown.After(t.Context(), n), tasks.TrainConfig{Common: common, Schedule: schedule})
				if err == nil {
					break
				}
				places++
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("interrupted at place %d: %v", n, err)
				}
				got, err := tasks.Train(t.Context(), tasks.TrainConfig{Common: tasks.Common{ResumeFrom: dir, Pretrained: true}})
				if err != nil {
					t.Fatalf("resumed from place %d: %v", n, err)
				}
				got.Dir, got.Continued, got.Seconds = whole.Dir, whole.Continued, whole.Seconds
				got.Losses = append(slices.Clone(whole.Losses)[:len(whole.Losses)-len(got.Losses)], got.Losses...) // those of this process
				if !reflect.DeepEqual(got, whole) {
					t.Errorf("resumed from place %d:\n%+v\nwant\n%+v", n, got, whole)
				}
				for _, f := range []string{"best-backbone.safetensors", "optimizer.safetensors", "scheduler.json"} {
					same(t, dir+"/"+f, name+"-whole/"+f)
				}
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
			}
			if places < whole.Steps+2*len(whole.History) { // 24 dev sentences are two batches
				t.Errorf("%d places for %d steps and %d evaluations", places, whole.Steps, len(whole.History))
			}
		})
	}
}
