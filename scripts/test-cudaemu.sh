#!/usr/bin/env bash
# The CUDA kernels, compiled as C++ against the headers of kernels/cuda/emu: the engine's suite, the goldens of the tiny model.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}

# The licence of kernels/cuda stays inside: mumax is imported there alone, and the package by none that is built without a tag.
if grep -rl --include='*.go' '"github.com/mumax/' . | grep -v '^./kernels/cuda/'; then
	echo "test-cudaemu: these import mumax, which only kernels/cuda may" >&2
	exit 1
fi
if "$go" list -deps ./cmd/... | grep -E 'mumax|skillneuron/kernels/cuda'; then
	echo "test-cudaemu: these are in a build without CUDA" >&2
	exit 1
fi
if ! command -v "${CXX:-g++}" >/dev/null; then
	echo "test-cudaemu: skipped: this machine has no C++ compiler"
	exit 0
fi
export CGO_ENABLED=1
"$go" vet -tags cudaemu ./kernels/... ./testdata/golden
"$go" test -tags cudaemu -short ./kernels/cuda
"$go" test -tags cudaemu ./roberta ./tasks -run 'Golden.*/cuda'
