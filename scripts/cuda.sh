#!/usr/bin/env bash
# Compiles the CUDA kernels into kernels/cuda/build/kernels.fatbin, the stub of the driver into libcuda.a beside it, and the binaries into bin/cuda. What a machine with a card needs
# to test and to time them is bin/cuda/kit.tgz: programs that read the mini backbone from the tree, packed.
# No card is needed, and no CUDA: nvcc comes from PyPI into a directory of its own (CUDA_HOME names another one). With --check, a table of registers and
# spills that differs from the one in the repository is an error. Where nvcc cannot be had, one line says so and the exit status is 77 (with --check 0).
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
check=${1:-}
dir=kernels/cuda
table=$dir/resources.txt
mostBytes=$((60 << 20)) # of the kit

skip() {
	echo "cuda: skipped: $1"
	[[ $check == --check ]] && exit 0
	exit 77
}

home=${CUDA_HOME:-}
if [[ -z $home ]]; then
	venv=${XDG_CACHE_HOME:-$HOME/.cache}/skillneuron/nvcc-13.0
	find_home() { compgen -G "$venv/lib/python3*/site-packages/nvidia/cu13"; }
	if ! home=$(find_home) || [[ ! -x $home/bin/nvcc ]]; then
		command -v python3 >/dev/null || skip "this machine has no Python to install nvcc with; set CUDA_HOME to CUDA 13"
		python3 -m venv "$venv" >/dev/null 2>&1 || skip "python3 -m venv does not work; set CUDA_HOME to CUDA 13"
		"$venv/bin/pip" install -q -r "$dir/nvcc.txt" >/dev/null 2>&1 || skip "nvcc cannot be installed from PyPI; set CUDA_HOME to CUDA 13"
		home=$(find_home)
	fi
fi
command -v "${CC:-gcc}" >/dev/null || skip "this machine has no C compiler"

kit=bin/cuda/kit
mkdir -p "$dir/build" $kit
"$home/bin/nvcc" -std=c++17 -O3 -fmad=false -Werror all-warnings -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90a,code=sm_90a \
	-gencode arch=compute_80,code=compute_80 -Xptxas -v --compress-mode=size -fatbin -o "$dir/build/kernels.fatbin" "$dir/kernels.cu" 2>"$dir/build/ptxas.txt" ||
	{ cat "$dir/build/ptxas.txt" >&2; exit 1; }
if grep -A9 'Potential Performance Loss' "$dir/build/ptxas.txt"; then
	echo "cuda: ptxas lets no two products of a kernel overlap, see above" >&2
	exit 1
fi
awk '
	/Compiling entry function/ { split($0, q, "\047"); kernel = q[2]; arch = q[4] }
	/bytes stack frame/ { stack = $1; stores = $5; loads = $9 }
	/Used [0-9]+ registers/ {
		shared = 0
		for (i = 1; i < NF; i++) if ($(i+1) == "bytes" && $(i+2) ~ /^smem/) shared = $i
		printf "%-8s %-24s %9d %6d %12d %11d %7d\n", arch, kernel, $5, stack, stores, loads, shared
	}' "$dir/build/ptxas.txt" | sort >"$dir/build/rows.txt"
{
	echo "Resources of each kernel, as ptxas reports them (make cuda): registers of a thread; bytes of stack, spilt and read back of a thread; bytes of shared memory of a block."
	printf '%-8s %-24s %9s %6s %12s %11s %7s\n' arch kernel registers stack spill_stores spill_loads shared
	cat "$dir/build/rows.txt"
} >"$dir/build/resources.txt"
if [[ $check == --check ]]; then
	diff "$table" "$dir/build/resources.txt" || { echo "cuda: $table is not what nvcc says; run make cuda and commit it" >&2; exit 1; }
else
	cp "$dir/build/resources.txt" "$table"
fi

"${CC:-gcc}" -O2 -fPIC -c -o "$dir/build/stub.o" "$dir/stub/driver.c"
rm -f "$dir/build/libcuda.a"
ar rcs "$dir/build/libcuda.a" "$dir/build/stub.o"

export CGO_ENABLED=1 CGO_CFLAGS="-O2 -I$PWD/$dir/include -I$home/include" CGO_LDFLAGS="-L$PWD/$dir/build -ldl"
"$go" vet -tags cuda ./kernels/... ./testdata/golden
"$go" test -ldflags '-s -w' -tags 'cuda nomini' -c -o $kit/cuda.test ./kernels/cuda
if [[ $check != --check ]]; then
	"$go" build -trimpath -ldflags '-s -w' -tags cuda -o bin/cuda/ ./cmd/...
	"$go" build -trimpath -ldflags '-s -w' -tags 'cuda nomini' -o $kit/ ./cmd/demo ./internal/benchpeers
	"$go" test -ldflags '-s -w' -tags 'cuda nomini' -c -o $kit/roberta.test ./roberta
	"$go" test -ldflags '-s -w' -tags 'cuda nomini' -c -o $kit/tasks.test ./tasks
	tar -C bin/cuda -czf $kit.tgz kit
	(cd bin/cuda && du -m -- * | sort -n)
	size=$(stat -c %s $kit.tgz)
	if ((size > mostBytes)); then
		echo "cuda: $kit.tgz has $size bytes, more than $mostBytes" >&2
		exit 1
	fi
	echo "cuda: to a machine with a card goes the repository with $kit.tgz ($size bytes); then make test-cuda, make bench-cuda"
	exit 0
fi

# The very program that runs on a card: without a driver it says so in one line, with the emulated one it computes.
"$go" build -tags cuda -o bin/cuda/ ./cmd/probe ./cmd/train
if ldd bin/cuda/probe | grep libcuda; then
	echo "cuda: bin/cuda/probe needs libcuda to start" >&2
	exit 1
fi
status=0
said=$(bin/cuda/probe --device cuda:0 --backbone mini --data_path testdata/sst2 --save_to "${TMPDIR:-/tmp}/no-driver" 2>&1) || status=$?
if [[ $said == *"no NVIDIA driver"* ]]; then
	if [[ $status != 1 || $said == *$'\n'* ]]; then
		echo "cuda: without a driver bin/cuda/probe ends with status $status and says: $said" >&2
		exit 1
	fi
fi
fake=$dir/build/emulated
mkdir -p "$fake"
"${CXX:-g++}" -std=c++17 -O2 -fPIC -shared -o "$fake/libcuda.so.1" "$dir/emu.cc" "$dir/emu/driver.cc"
# Streams as late and as early as their rules allow; with graphs and without.
(cd $dir && export LD_LIBRARY_PATH=$PWD/build/emulated && EMULATED_ORDER=late ../../$kit/cuda.test -test.short &&
	EMULATED_ORDER=eager SKILLNEURON_CUDA_GRAPHS=0 ../../$kit/cuda.test -test.short -test.run 'Driver|Memory|Beside|Capture')

few=$(mktemp -d)
trap 'rm -rf "$few"' EXIT
for split in train dev test; do
	head -5 testdata/sst2/$split.tsv >"$few/$split.tsv"
done
emulated() { LD_LIBRARY_PATH=$fake "$@" --backbone testdata/golden/tiny --data_path "$few" >"$few/said" 2>&1; }
fail() {
	cat "$few/said" >&2
	echo "cuda: $1" >&2
	exit 1
}
for precision in float32 bf16 'bf16 --kernels wgmma'; do
	emulated bin/cuda/probe --device cuda:0 --precision $precision --save_to "$few/out" --probe_type all && grep -q '"device": "cuda:0/' "$few/out/run.json" ||
		fail "bin/cuda/probe does not work on the emulated driver"
done

# Of a split's batches few have equally many rows, and most run as graphs all the same. Kernels are left out: the commands are looked at.
EMULATED_KERNELS=none EMULATED_LOG=$few/log LD_LIBRARY_PATH=$fake bin/cuda/probe --device cuda:0 --backbone testdata/golden/tiny --data_path testdata/sst2 \
	--save_to "$few/counted" --probe_type acc --bz 128 >"$few/said" 2>&1 || fail "probe does not work without kernels"
read -r graphs lists < <(awk '/^graph/ { g++ } /^kernel/ && !list { l++ } { list = /^kernel/ || list && !/^wait|^to/ } END { print g + 0, g + l }' "$few/log")
echo "cuda: of $lists lists of commands of SST-2's three splits in batches of 128, $graphs ran as graphs"
((4 * graphs >= 3 * lists && graphs > 0)) || fail "too few lists of commands run as graphs"

# A batch, and a step of training, is on the device before the one before it is waited for.
goes_on() {
	local ahead waits
	read -r ahead waits < <(awk '/^to the host/ { open++ } /^wait for an event/ { ahead += open >= 2; waits++; open -= open > 0 }
		/^wait for (the device|a stream)/ { open = 0 } END { print ahead + 0, waits + 0 }' "$few/log")
	echo "cuda: $1: at $ahead of $waits waits for a result the device had something else to go on with"
	((4 * ahead >= 3 * waits && ahead > 0)) || fail "$1 waits for each result"
}
goes_on probe
for split in train dev test; do
	head -200 testdata/sst2/$split.tsv >"$few/$split.tsv"
done
EMULATED_KERNELS=none EMULATED_LOG=$few/log emulated bin/cuda/train --device cuda:0 --bz 8 --epoch 1 --eval_every_step 100 --save_to "$few/counted" ||
	fail "train does not work without kernels"
goes_on train
for split in train dev test; do
	head -5 testdata/sst2/$split.tsv >"$few/$split.tsv"
done

# Without graphs, as eagerly as can be, and with too little memory for a batch: the same files.
emulated bin/cuda/probe --device cuda:0 --save_to "$few/out" --probe_type all || fail "probe does not work"
SKILLNEURON_CUDA_GRAPHS=0 EMULATED_ORDER=eager emulated bin/cuda/probe --device cuda:0 --save_to "$few/plain" --probe_type all || fail "probe does not work without graphs"
EMULATED_MEMORY=4800000 emulated bin/cuda/probe --device cuda:0 --save_to "$few/tight" --probe_type all || fail "probe does not work with little memory"
grep -q 'does not hold a batch' "$few/said" || fail "probe does not say that memory is short"
EMULATED_GRAPHS=none emulated bin/cuda/probe --device cuda:0 --save_to "$few/graphless" --probe_type all || fail "probe does not work where no graph can be made"
for run in plain tight graphless; do
	for file in "$few"/out/*/*.npy; do
		cmp "$file" "${file/out/$run}" || fail "probe writes other bits ($run)"
	done
done
tune=(bin/cuda/train --device cuda:0 --bz 4 --epoch 2 --lr 1e-3 --eval_every_step 2)
emulated "${tune[@]}" --save_to "$few/tuned" || fail "train does not work on the emulated driver"
emulated "${tune[@]}" --precision bf16 --save_to "$few/rounded" && grep -q '"precision": "bf16"' "$few/rounded/run.json" || fail "train does not work in bf16"
EMULATED_MEMORY=5000000 emulated "${tune[@]}" --save_to "$few/tight-tuned" || fail "train does not work with little memory"
grep -q 'does not hold a batch' "$few/said" || fail "train does not say that memory is short"

# What cannot be had is one line and exit status 1.
wants() {
	local status=0 want=$1
	shift
	"$@" || status=$?
	[[ $status == 1 && $(wc -l <"$few/said") == 1 ]] && grep -q "$want" "$few/said" || fail "exit status $status, and not one line with: $want"
}
refused() { emulated bin/cuda/probe --device "$1" --save_to "$few/refused" --probe_type all --quiet; }
EMULATED_DEVICES=2 wants 'the last is cuda:1' refused cuda:2
EMULATED_DEVICES=0 wants 'sees no device' refused cuda:0
EMULATED_CAPABILITY=75 wants 'compute capability 7.5' refused cuda:0
EMULATED_DRIVER=12080 wants 'for CUDA 12.8' refused cuda:0
EMULATED_MEMORY=100000 wants 'out of memory' refused cuda:0
EMULATED_DEVICES=2 emulated bin/cuda/probe --device cuda:1 --save_to "$few/second" --probe_type all && grep -q '"device": "cuda:1/' "$few/second/run.json" || fail "the second device does not work"
status=0
refused cuda:x || status=$?
[[ $status == 2 && $(wc -l <"$few/said") == 1 ]] || fail "a device without a number ends with status $status"

# The scripts of machines with a card: their rows, and a run of each with a driver that is emulated.
"$go" build -tags 'cuda nomini' -o $kit/ ./internal/benchpeers
python3 -B scripts/test_bench_cuda.py
LD_LIBRARY_PATH=$fake python3 -B scripts/bench_cuda.py --tiny --torch none --repetitions 1 --only probe,pruned --out "$few/bench.json" >"$few/said" 2>&1 || fail "bench_cuda.py does not work on the emulated driver"
if OUT=$few/tested LD_LIBRARY_PATH=$PWD/$fake PATH=/usr/bin:/bin LIMIT=1 scripts/test-cuda.sh suite >"$few/said" 2>&1 || ! grep -q 'suite *stopped after' "$few/tested/results.txt"; then
	fail "test-cuda.sh does not keep the result of a part that it stops"
fi
