#!/usr/bin/env bash
# Tests the NEON kernels, the CPU backend on them by its compliance suite, and a tiny model by its goldens. On another processor than
# arm64 the tests run under qemu-user, which is installed from Debian's packages where that is possible; where it is not, one line says so
# and nothing fails. Times under qemu say nothing of a real machine.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}

find_qemu() {
	command -v qemu-aarch64-static || command -v qemu-aarch64
}

with=()
if [[ $("$go" env GOHOSTARCH) != arm64 ]]; then
	if ! qemu=$(find_qemu); then
		if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
			echo "test-arm64: skipped, there is no qemu-aarch64; install Debian's qemu-user-static"
			exit 0
		fi
		export DEBIAN_FRONTEND=noninteractive
		install=(timeout 60 apt-get install -y -qq --no-install-recommends)
		{ "${install[@]}" qemu-user-static || { timeout 60 apt-get update -qq && "${install[@]}" qemu-user-static; }; } >/dev/null 2>&1 || true
		if ! qemu=$(find_qemu); then
			echo "test-arm64: skipped, apt-get could not install qemu-user-static"
			exit 0
		fi
	fi
	with=(-exec "$qemu")
fi

export CGO_ENABLED=0 GOARCH=arm64
"$go" test "${with[@]}" ./kernels/cpu/simd &
simd=$!
# What is left out of the backend's tests runs the Go kernels, which are those of every processor, or measures.
run='^TestOpen$|^TestCompliance$/neon|^TestCompliance$/go/threads=1|^TestSameBitsAcrossThreads$/neon|^Example$'
"$go" test "${with[@]}" -short -run "$run" ./kernels/cpu && backend=0 || backend=$?
"$go" test "${with[@]}" -short -run '^TestGolden.*$/neon/tiny' ./roberta && model=0 || model=$?
wait "$simd" && exit $((backend | model))
