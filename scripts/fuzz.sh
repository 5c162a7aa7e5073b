#!/usr/bin/env bash
# scripts/fuzz.sh TIME PACKAGE...: runs every fuzz target of the packages for TIME, one after another. What fails is kept in testdata/fuzz as a seed.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}
time=$1
shift
for package in $("$GO" list "$@"); do
	for target in $("$GO" test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $target"
		"$GO" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s -parallel 2 "$package" | grep -v '^fuzz: elapsed' || exit 1
	done
done
