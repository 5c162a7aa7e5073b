#!/usr/bin/env bash
# scripts/fuzz.sh TIME PACKAGE...: runs every fuzz target of the packages for TIME, one after another: so many runs (10000x), or a time (3m). What fails is kept
# in testdata/fuzz as a seed. The gate counts runs: when a time is up, Go's own coordinator at times reports "context deadline exceeded" as a failure
# where no input failed (golang/go#75804), the likelier the busier the machine is.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}
time=$1
shift
for package in $("$GO" list "$@"); do
	for target in $("$GO" test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		"$GO" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 100x -parallel 2 "$package" | grep -v '^fuzz: elapsed' || exit 1
	done
done
