#!/usr/bin/env bash
# What can only be tested on a card, in parts: suite (the engine's, and the model beside the processor), roberta and tasks (goldens of the tiny and the mini
# model), demo, memcheck and racecheck (the suite under compute-sanitizer). It needs bin/cuda/kit.tgz, which make cuda packs on any machine, and no Go.
#
#   scripts/test-cuda.sh [PART …]
#
# Without arguments all parts run; DEMO=no leaves the demo out. A part that fails does not stop the others. Each writes OUT/PART.log (OUT: bin/cuda/tested), and its
# result into OUT/results.txt as soon as it has one; a part is stopped after LIMIT seconds (default 540). Exit status 1: a part failed, 2: a wrong call.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/bin/cuda/kit
export SKILLNEURON_MINI=$PWD/testdata/mini # which these programs do not have built in
all=(suite roberta tasks demo memcheck racecheck)
parts=("$@")
if [[ $# == 0 ]]; then
	parts=("${all[@]}")
fi
for part in "${parts[@]}"; do
	[[ " ${all[*]} " == *" $part "* ]] || { echo "test-cuda: there is no part $part; there are ${all[*]}" >&2; exit 2; }
done
if [[ -e $bin.tgz && ! $bin/cuda.test -nt $bin.tgz ]]; then
	tar -C bin/cuda -xmzf "$bin.tgz" || exit 2
fi
if [[ ! -x $bin/cuda.test ]]; then
	echo "test-cuda: there is no bin/cuda/kit.tgz; make cuda makes it, on any machine" >&2
	exit 2
fi
out=$(mkdir -p "${OUT:=$PWD/bin/cuda/tested}" && cd "$OUT" && pwd) || exit 2
limit=${LIMIT:-540}

# A test that skips because there is no card would pass.
said=$(timeout 60 "$bin/cuda.test" -test.v -test.run '^TestDriverHasEveryKernel$' 2>&1)
if [[ $? != 0 || $said == *SKIP* ]]; then
	echo "test-cuda: $(grep -m1 -E 'no CUDA device|cuda: |FAIL' <<<"$said" | sed 's/^ *//')" >&2
	exit 1
fi

# Of the suite what is small enough for a tool that makes every kernel many times slower.
checked='Test(Compliance|WgmmaBesideMMA)/card/(Ops|Taps|Edits|Optimiser|Rows|tf32|bf16)'
sanitized() {
	cd kernels/cuda && compute-sanitizer --tool "$1" --error-exitcode 9 "$bin/cuda.test" -test.short -test.v -test.run "$checked"
}
part() {
	case $1 in
	suite) cd kernels/cuda && "$bin/cuda.test" -test.v -test.timeout 30m ;;
	roberta | tasks) cd "$1" && "$bin/$1.test" -test.v -test.timeout 30m -test.run 'Golden.*/cuda' ;;
	demo) "$bin/demo" --device cuda:0 --save_to "$out/demo" ;;
	*) sanitized "$1" ;;
	esac
}
skips() {
	case $1 in
	demo) [[ ${DEMO:-yes} == no ]] && echo "DEMO=no" ;;
	memcheck | racecheck) command -v compute-sanitizer >/dev/null || echo "compute-sanitizer is not on the PATH" ;;
	*) [[ -x $bin/${1/suite/cuda}.test ]] || echo "there is no bin/cuda/kit/$1.test" ;;
	esac
}
tell() { printf '%-10s %s\n' "$1" "$2" | tee -a "$out/results.txt"; }

status=0
for part in "${parts[@]}"; do
	why=$(skips "$part")
	if [[ -n $why ]]; then
		tell "$part" "skipped: $why"
		continue
	fi
	begun=$SECONDS
	code=0
	export -f part sanitized
	export bin out checked
	timeout -k 10 "$limit" bash -c 'part "$1"' bash "$part" >"$out/$part.log" 2>&1 || code=$?
	took=$((SECONDS - begun))s
	if [[ $code == 124 || $code == 137 ]]; then
		tell "$part" "stopped after $took, LIMIT: $out/$part.log"
		status=1
	elif [[ $code != 0 ]]; then
		tell "$part" "FAILED with status $code after $took: $out/$part.log"
		grep -E -m20 -- '--- FAIL|_test.go:|panic:|=========|^FAIL' "$out/$part.log"
		status=1
	elif [[ $part != demo ]] && ! grep -q -- '--- PASS: .*/' "$out/$part.log"; then
		tell "$part" "FAILED: no test of it ran: $out/$part.log"
		status=1
	else
		tell "$part" "passed in $took"
	fi
done
exit $status
