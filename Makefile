GO ?= go
PYTHON ?= python3
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
# Packages that people embed: they build everywhere, without a C compiler.
CORE = ./engine/... ./autograd/... ./kernels/... ./roberta/... ./tasks/...

.PHONY: build test fuzz test-noasm test-race test-arm64 test-cudaemu cuda check-cuda test-cuda bench-cuda check-export demo bench bench-peers golden generate lint clean

## build: the binaries, into bin/
build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./cmd/...

## test: every test, and at the end what ran and what was skipped
test:
	@$(GO) test -json -timeout 30m ./... ./testdata/mini ./testdata/golden | $(GO) run ./internal/testsummary

## fuzz: every fuzz target of the readers of data, arrays, weights and pickles, FUZZTIME each (runs, or a time as in 3m); FUZZ=./... for those of all packages
FUZZTIME ?= 10000x
FUZZ ?= ./tasks/dataset/... ./tasks/npy ./roberta/safetensors ./roberta/torchfile
fuzz:
	@GO=$(GO) scripts/fuzz.sh $(FUZZTIME) $(FUZZ)

## test-noasm: the engine without its assembly, as processors without a kernel set run it
test-noasm:
	$(GO) test -short -tags noasm ./engine/... ./kernels/... ./autograd/...

## test-race: the concurrent paths under the race detector; needs a C compiler
test-race:
	@GO=$(GO) scripts/test-race.sh

## test-arm64: the NEON kernels and the backend on them, under qemu-user where the machine is no arm64
test-arm64:
	@GO=$(GO) scripts/test-arm64.sh

## test-cudaemu: the CUDA kernels on an emulated device, without a card or CUDA; needs a C++ compiler
test-cudaemu:
	@GO=$(GO) scripts/test-cudaemu.sh

## cuda: binaries that also run on NVIDIA GPUs into bin/cuda/, and kit.tgz, what test-cuda and bench-cuda need elsewhere; nvcc comes from PyPI, no card is needed
cuda:
	@GO=$(GO) scripts/cuda.sh

## check-cuda: the kernels compile without warnings, their table of registers and spills is the repository's, and a binary built for cards says in one line
## that there is no driver, and computes on an emulated one
check-cuda:
	@GO=$(GO) scripts/cuda.sh --check

## test-cuda: on a machine with a card, by what make cuda packed there or elsewhere: the engine's suite, goldens, a demo, compute-sanitizer; DEMO=no leaves the demo out,
## PARTS='suite memcheck' runs some
test-cuda:
	@scripts/test-cuda.sh $(PARTS)

## bench-cuda: on a machine with a card, this engine and PyTorch in turn, and the GPU table of PERFORMANCE.md; BENCH='--quick --dry' for a look, BENCH='--minutes 8' to go on where it stopped
bench-cuda:
	@$(PYTHON) scripts/bench_cuda.py $(BENCH)

## check-export: what bin/convert exports answers in Python as it does here; needs Python with torch and transformers, better with peft and adapters too
## (PYTHON=venv/bin/python), else says so and ends with status 2
check-export:
	@$(PYTHON) -c 'import torch, transformers' 2>/dev/null || { echo '$(PYTHON) lacks torch or transformers: name another Python with PYTHON=venv/bin/python' >&2; exit 2; }
	@PYTHON='$(if $(findstring /,$(PYTHON)),$(abspath $(PYTHON)),$(PYTHON))' $(GO) test -count=1 -v -run '^TestExport$$' ./tasks/interchange

## demo: the whole method on a small real RoBERTa and SST-2, a few minutes; DEMO=full for all test sentences
demo: build
	@bin/demo

## bench: kernels, forward and training, in benchstat's format
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./engine/... ./kernels/... ./autograd/... ./roberta/...

## bench-peers: this engine, PyTorch and ONNX Runtime in turn on this machine, and the table of PERFORMANCE.md; needs Python with torch and transformers,
## better with onnxruntime and onnx too (PYTHON=venv/bin/python), else says so and ends with status 2; PEERS='--quick --only score' for parts of it
bench-peers:
	@$(PYTHON) scripts/bench_peers.py $(PEERS)

## golden: what Hugging Face computes, anew; needs Python with testdata/golden/requirements.txt
golden:
	python3 testdata/golden/make.py --mini testdata/mini --sst2 testdata/sst2 --out testdata/golden

## generate: the assembly, from its generator
generate:
	$(GO) generate ./...

## lint: format, modules, vet, staticcheck, and builds for other machines
lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these'; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./... ./testdata/mini ./testdata/golden ./testdata/tasks/make
	$(GO) run $(STATICCHECK) ./... ./testdata/mini ./testdata/golden ./testdata/tasks/make
	CGO_ENABLED=0 $(GO) build ./...
	CGO_ENABLED=0 GOARCH=arm64 $(GO) vet $(CORE)
	CGO_ENABLED=0 GOOS=js GOARCH=wasm $(GO) build $(CORE)
	$(GO) vet -tags noasm $(CORE)
	$(GO) vet -tags nomini ./...

clean:
	rm -rf bin demo-out
