#!/usr/bin/env bash
# What can only be tested on a card: the engine's suite, the goldens of the tiny and the mini model, one demo, and the suite under compute-sanitizer's memcheck
# and racecheck. It needs bin/cuda, which make cuda fills on any machine, and no Go. DEMO=no leaves the demo out.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/bin/cuda
if [[ ! -x $bin/cuda.test ]]; then
	echo "test-cuda: there is no bin/cuda/cuda.test; make cuda builds it, on any machine" >&2
	exit 2
fi

# A test that skips because there is no card would pass.
out=$("$bin/cuda.test" -test.v -test.run '^TestDriverHasEveryKernel$')
if [[ $out == *SKIP* ]]; then
	echo "test-cuda: $(grep -m1 'no CUDA device' <<<"$out")" >&2
	exit 1
fi
(cd kernels/cuda && "$bin/cuda.test" -test.timeout 30m)
(cd roberta && "$bin/roberta.test" -test.timeout 30m -test.run 'Golden.*/cuda')
(cd tasks && "$bin/tasks.test" -test.timeout 30m -test.run 'Golden.*/cuda')
if [[ ${DEMO:-yes} != no ]]; then
	"$bin/demo" --device cuda:0 --save_to "$(mktemp -d)/demo"
fi
if command -v compute-sanitizer >/dev/null; then
	for tool in memcheck racecheck; do
		(cd kernels/cuda && compute-sanitizer --tool "$tool" --error-exitcode 1 "$bin/cuda.test" -test.short -test.run 'Test(Compliance|WgmmaBesideMMA)/card/(Ops|Taps|Edits|Optimiser|Rows|tf32|bf16)')
	done
else
	echo "test-cuda: compute-sanitizer is not on the PATH: no memcheck, no racecheck"
fi
