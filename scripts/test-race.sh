#!/usr/bin/env bash
# The concurrent paths under the race detector: the worker pool and the packed weights that callers share, training, a classifier under many goroutines, passes that
# run one batch a thread and are fed by another goroutine. Where there is no C compiler, which the detector needs, one line says so and nothing fails.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
cc=$("$go" env CC)
if ! command -v "${cc%% *}" >/dev/null; then
	echo "test-race: skipped: this machine has no C compiler"
	exit 0
fi
export CGO_ENABLED=1
"$go" test -race -short -run '^TestTilesAtOnce$|^TestHalvesAttentionAtOnce$|^TestTilesAllocateNothing$|^TestHeld|^TestSteadyState|^TestWorkersEnd$|^TestDeal' ./kernels/cpu
"$go" test -race -short ./autograd
"$go" test -race -short -run '^TestClassifierIsSafeForConcurrentUse$|^TestPredictEach|^TestPassFails$|^TestFeed|^TestTokenisesMeanwhile$|^TestProbeSameBytes$' ./tasks
