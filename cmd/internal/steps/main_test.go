package steps

import (
	"context"
	"os"
	"testing"

	"github.com/skillneuron/skillneuron/cmd/internal/cli"
)

// all are the functions by the binaries' names.
var all = map[string]func(context.Context, []string) error{
	"train": Train, "probe": Probe, "skillneuron": SkillNeuron, "mask": Mask, "prune": Prune,
	"getprunestructure": GetPruneStructure, "binarize": Binarize, "trials": Trials, "convert": Convert,
}

// stepVariable makes a process of this test's binary one of ours: what is interrupted, killed or out of disk has to be a process of its own.
const stepVariable = "SKILLNEURON_TEST_STEP"

func TestMain(m *testing.M) {
	// No test waits for a network; those of the hub bring their own.
	if os.Getenv("HF_ENDPOINT") == "" {
		os.Setenv("HF_HUB_OFFLINE", "1")
	}
	if name := os.Getenv(stepVariable); name != "" {
		limitFiles()
		cli.Main(name, all[name])
	}
	os.Exit(m.Run())
}
