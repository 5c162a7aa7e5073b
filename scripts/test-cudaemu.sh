#!/usr/bin/env bash
# The CUDA kernels, compiled as C++ against the headers of kernels/cuda/emu: the engine's suite, the goldens of the tiny model.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
if ! command -v "${CXX:-g++}" >/dev/null; then
	echo "test-cudaemu: skipped: this machine has no C++ compiler"
	exit 0
fi
export CGO_ENABLED=1
"$go" vet -tags cudaemu ./kernels/... ./testdata/golden
"$go" test -tags cudaemu -short ./kernels/cuda
"$go" test -tags cudaemu ./roberta ./tasks -run 'Golden.*/cuda'
