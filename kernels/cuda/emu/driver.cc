// SPDX-License-Identifier: GPL-3.0-or-later
//
// A libcuda.so.1 whose devices are emulated, in so far as this package uses a driver. With it on LD_LIBRARY_PATH the program that is built for a card, its stub,
// the bindings and the launches run on a machine without one. The module that it is given is looked at no further than its first bytes.
//
// It keeps the rules that a card punishes by chance. What goes into a stream is done as late as the rules allow, in no more than the streams that are waited
// for (EMULATED_ORDER=late), or at once in every stream that need not wait (eager): what depends on an order without an event, or on host memory that has been
// written again, differs between the two. Asynchronous copies want pinned memory of the host. A capture forbids what a driver forbids meanwhile.
//
// EMULATED_LOG is a file that is told what goes into streams and what is waited for, in the order of the calls. EMULATED_KERNELS=none leaves kernels out, where
// that order alone is looked at. EMULATED_GRAPHS=none has no memory for a graph.
//
// EMULATED_DEVICES is their number, EMULATED_MEMORY the bytes of each, EMULATED_CAPABILITY 10 times the compute capability, EMULATED_DRIVER the version.
//
// Error codes are CUDA's: 1 invalid value, 2 out of memory, 101 invalid device, 200 invalid image, 201 invalid context, 400 invalid handle, 500 not found, 700
// illegal address, 719 launch failed, 900 forbidden while a stream is captured, 901 capture invalidated.

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "../emu.h"

typedef int CUresult;
typedef uint64_t CUdeviceptr;

namespace {

typedef std::function<CUresult()> Work;

struct Stream;

// Event is a point of a stream. It counts its recordings and those that have been reached.
struct Event {
	Stream *stream = nullptr;
	unsigned long recorded = 0, reached = 0;
};

struct Item {
	Work work;                    // or
	Event *waits = nullptr;       // for a recording
	unsigned long recording = 0;
};

struct Graph {
	int device;
	std::vector<Work> nodes;
	int pending = 0; // launches on their way
};

struct Stream {
	int device;
	std::deque<Item> items;
	std::unique_ptr<Graph> capture;
	bool invalid = false; // the capture
};

struct Block {
	size_t n;
	int device;
};

std::recursive_mutex lock;
std::map<CUdeviceptr, Block> blocks;
std::map<const char *, size_t> pinned;
std::set<Stream *> streams;
std::set<Event *> events;
std::set<Graph *> graphs, execs;
size_t taken[16];              // bytes of a device's blocks
CUresult broken;               // what every call answers once a kernel has failed
thread_local int current = -1; // the device whose context the thread has
thread_local Stream *capturing;
char contexts[16], module; // whose addresses are handles
int functions[256];        // likewise; of a function, how much dynamic shared memory it may be given

// setting is an environment variable's number.
long setting(const char *name, long otherwise) {
	const char *x = getenv(name);
	return x && *x ? atol(x) : otherwise;
}

bool eager() {
	static const bool is = getenv("EMULATED_ORDER") && !strcmp(getenv("EMULATED_ORDER"), "eager");
	return is;
}

bool no_kernels() {
	static const bool none = getenv("EMULATED_KERNELS") && !strcmp(getenv("EMULATED_KERNELS"), "none");
	return none;
}

bool no_graphs() {
	static const bool none = getenv("EMULATED_GRAPHS") && !strcmp(getenv("EMULATED_GRAPHS"), "none");
	return none;
}

int devices() {
	static const int n = int(setting("EMULATED_DEVICES", 1));
	return n;
}

CUresult wrong(CUresult code, const char *format, ...) {
	va_list list;
	va_start(list, format);
	fputs("emulated driver: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
	return code;
}

// note writes a line to the log. What is captured goes into no stream.
void note(const char *format, ...) {
	static FILE *const log = getenv("EMULATED_LOG") ? fopen(getenv("EMULATED_LOG"), "w") : nullptr;
	if (!log || capturing)
		return;
	va_list list;
	va_start(list, format);
	vfprintf(log, format, list);
	va_end(list);
	fputc('\n', log);
	fflush(log);
}

// within tells whether [at, at+n) is memory of one block of the device.
bool within(int device, CUdeviceptr at, size_t n) {
	auto next = blocks.upper_bound(at);
	return next != blocks.begin() && (--next, at + n <= next->first + next->second.n) && next->second.device == device;
}

bool is_pinned(const void *at, size_t n) {
	const char *p = static_cast<const char *>(at);
	auto next = pinned.upper_bound(p);
	return next != pinned.begin() && (--next, p + n <= next->first + next->second);
}

void *host(CUdeviceptr at) { return reinterpret_cast<void *>(at); }

// advance does the first item of a stream, before it what that waits for; false where there is nothing to do.
bool advance(Stream *s) {
	if (s->items.empty())
		return false;
	Item &item = s->items.front();
	while (item.waits && item.waits->reached < item.recording)
		if (!advance(item.waits->stream))
			return false;
	Work work = std::move(item.work);
	s->items.pop_front();
	if (work && !broken)
		broken = work();
	return true;
}

CUresult drain(Stream *s) {
	while (advance(s)) {
	}
	return broken;
}

CUresult drain_all() {
	for (Stream *s : streams)
		drain(s);
	return broken;
}

// put queues work behind a stream's, or in the graph that is being captured.
CUresult put(void *handle, Work work) {
	Stream *s = static_cast<Stream *>(handle);
	if (!streams.count(s))
		return wrong(400, "work for the default stream, or for none");
	if (s->device != current)
		return wrong(201, "work for a stream of another device");
	if (s->capture) {
		s->capture->nodes.push_back(std::move(work));
		return 0;
	}
	s->items.push_back({std::move(work)});
	if (eager())
		drain(s);
	return broken;
}

// forbidden is what a call that waits, or allocates, does to a capture of its thread.
CUresult forbidden(const char *what) {
	if (!capturing)
		return broken;
	capturing->invalid = true;
	return wrong(900, "%s while a stream is captured", what);
}

} // namespace

#define API extern "C" CUresult __attribute__((visibility("default")))
#define NEEDS(what, code)                                                                                                                                \
	if (!(what))                                                                                                                                         \
	return code
#define ENTER                                                                                                                                            \
	std::lock_guard<std::recursive_mutex> held(lock);                                                                                                    \
	NEEDS(current >= 0, 201);                                                                                                                            \
	NEEDS(!broken, broken)
#define FORBIDDEN(what)                                                                                                                                  \
	if (CUresult r = forbidden(what))                                                                                                                    \
	return r

API cuInit(unsigned flags) { return flags ? 1 : 0; }
API cuDriverGetVersion(int *version) { return *version = int(setting("EMULATED_DRIVER", 13000)), 0; }
API cuDeviceGetCount(int *n) { return *n = devices(), 0; }
API cuDeviceGet(int *device, int ordinal) {
	NEEDS(ordinal >= 0 && ordinal < devices() && ordinal < int(sizeof contexts), 101);
	return *device = ordinal, 0;
}
API cuDeviceGetAttribute(int *x, int attribute, int) {
	int capability = int(setting("EMULATED_CAPABILITY", 90));
	switch (attribute) {
	case 16: // multiprocessors
		return *x = 1, 0;
	case 75: // compute capability
		return *x = capability / 10, 0;
	case 76:
		return *x = capability % 10, 0;
	}
	return 1;
}
API cuDevicePrimaryCtxRetain(void **ctx, int device) {
	NEEDS(device >= 0 && device < devices(), 101);
	return *ctx = contexts + device, 0;
}
API cuCtxSetCurrent(void *ctx) {
	NEEDS(ctx >= contexts && ctx < contexts + devices(), 201);
	return current = int(static_cast<char *>(ctx) - contexts), 0;
}
API cuCtxSynchronize() {
	ENTER;
	FORBIDDEN("waiting for the device");
	note("wait for the device");
	return drain_all();
}

API cuMemAlloc_v2(CUdeviceptr *at, size_t n) {
	static const size_t limit = size_t(setting("EMULATED_MEMORY", -1));
	ENTER;
	FORBIDDEN("an allocation");
	NEEDS(n > 0, 1);
	NEEDS(n <= limit && taken[current] <= limit - n, 2);
	void *p = emu_alloc(n);
	NEEDS(p, 2);
	memset(p, no_kernels() ? 0x25 : 0xa5, n); // a driver does not zero; small positive numbers where nothing else is computed
	*at = reinterpret_cast<CUdeviceptr>(p);
	blocks[*at] = {n, current};
	taken[current] += n;
	return 0;
}
API cuMemFree_v2(CUdeviceptr at) {
	ENTER;
	FORBIDDEN("freeing memory");
	auto b = blocks.find(at);
	NEEDS(b != blocks.end() && b->second.device == current, 1);
	CUresult r = drain_all();
	taken[current] -= b->second.n;
	emu_free(host(at), b->second.n);
	blocks.erase(b);
	return r;
}
API cuMemAllocHost_v2(void **p, size_t n) {
	ENTER;
	FORBIDDEN("an allocation");
	*p = malloc(n);
	NEEDS(*p, 2);
	pinned[static_cast<char *>(*p)] = n;
	return 0;
}

// moved is a copy that looks at its device's ends when it is done.
static CUresult moved(void *stream, void *dst, const void *src, size_t n, bool dst_device, bool src_device) {
	ENTER;
	int device = current;
	if ((!dst_device && !is_pinned(dst, n)) || (!src_device && !is_pinned(src, n)))
		return wrong(1, "an asynchronous copy of %zu bytes with memory of the host that is not pinned", n);
	auto fits = [=] {
		return (!dst_device || within(device, reinterpret_cast<CUdeviceptr>(dst), n)) && (!src_device || within(device, reinterpret_cast<CUdeviceptr>(src), n));
	};
	NEEDS(fits(), 1);
	return put(stream, [=]() -> CUresult {
		if (!fits())
			return wrong(700, "a copy of %zu bytes touches memory that is no more", n);
		memmove(dst, src, n);
		return 0;
	});
}
API cuMemcpyHtoDAsync_v2(CUdeviceptr dst, const void *src, size_t n, void *stream) {
	note("to the device %zu", n);
	return moved(stream, host(dst), src, n, true, false);
}
API cuMemcpyDtoHAsync_v2(void *dst, CUdeviceptr src, size_t n, void *stream) {
	note("to the host %zu", n);
	return moved(stream, dst, host(src), n, false, true);
}
API cuMemcpyDtoDAsync_v2(CUdeviceptr dst, CUdeviceptr src, size_t n, void *stream) {
	note("on the device %zu", n);
	return moved(stream, host(dst), host(src), n, true, true);
}
API cuMemsetD8Async(CUdeviceptr dst, unsigned char x, size_t n, void *stream) {
	ENTER;
	int device = current;
	NEEDS(within(device, dst, n), 1);
	return put(stream, [=]() -> CUresult {
		if (!within(device, dst, n))
			return wrong(700, "%zu bytes are set in memory that is no more", n);
		memset(host(dst), x, n);
		return 0;
	});
}

API cuModuleLoadData(void **mod, const void *image) {
	ENTER;
	FORBIDDEN("loading a module");
	uint32_t magic;
	memcpy(&magic, image, sizeof magic);
	NEEDS(magic == 0xba55ed50, 200); // a fatbin's
	return *mod = &module, 0;
}
API cuModuleGetFunction(void **f, void *mod, const char *name) {
	ENTER;
	FORBIDDEN("loading a kernel");
	NEEDS(mod == &module, 400);
	int k = emu_find(name);
	NEEDS(k >= 0, 500);
	*f = functions + k;
	return 0;
}
API cuFuncSetAttribute(void *f, int attribute, int value) {
	ENTER;
	FORBIDDEN("an attribute of a kernel");
	if (attribute == 8) { // the most dynamic shared memory
		NEEDS(value >= 0 && value <= 227 << 10, 1);
		*static_cast<int *>(f) = value;
	}
	return attribute == 8 || attribute == 9 ? 0 : 1; // 9: how much of the first cache is shared memory
}
API cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *stream, void **params,
                   void **extra) {
	ENTER;
	NEEDS(f && params && !extra && by == 1 && bz == 1, 1);
	NEEDS(shared <= unsigned(std::max(48 << 10, *static_cast<int *>(f))), 1);
	int k = int(static_cast<int *>(f) - functions), n = emu_args(k);
	std::vector<uint64_t> args(n);
	for (int i = 0; i < n; i++)
		memcpy(&args[i], params[i], sizeof args[i]);
	note("kernel %s", emu_name(k));
	if (no_kernels())
		return put(stream, [] { return CUresult(0); });
	return put(stream, [=]() -> CUresult {
		const char *what = emu_launch(k, gx, gy, gz, int(bx), shared, args.data(), 0);
		return what ? wrong(719, "kernel %s: %s", emu_name(k), what) : 0;
	});
}

API cuStreamCreate(void **stream, unsigned) {
	ENTER;
	Stream *s = new Stream{current, {}, nullptr};
	streams.insert(s);
	return *stream = s, 0;
}
API cuStreamSynchronize(void *stream) {
	ENTER;
	FORBIDDEN("waiting for a stream");
	note("wait for a stream");
	NEEDS(streams.count(static_cast<Stream *>(stream)), 400);
	return drain(static_cast<Stream *>(stream));
}
API cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
	ENTER;
	FORBIDDEN("an event of another stream"); // a driver allows some
	Stream *s = static_cast<Stream *>(stream);
	Event *e = static_cast<Event *>(event);
	NEEDS(streams.count(s) && events.count(e) && !flags, 400);
	s->items.push_back({nullptr, e, e->recorded});
	if (eager())
		drain(s);
	return broken;
}

API cuEventCreate(void **event, unsigned) {
	ENTER;
	FORBIDDEN("a new event");
	Event *e = new Event;
	events.insert(e);
	return *event = e, 0;
}
API cuEventRecord(void *event, void *stream) {
	ENTER;
	FORBIDDEN("recording an event"); // a driver allows it
	Event *e = static_cast<Event *>(event);
	NEEDS(events.count(e), 400);
	unsigned long n = ++e->recorded;
	e->stream = static_cast<Stream *>(stream);
	return put(stream, [=] { return e->reached = n, 0; });
}
API cuEventSynchronize(void *event) {
	ENTER;
	FORBIDDEN("waiting for an event");
	Event *e = static_cast<Event *>(event);
	NEEDS(events.count(e), 400);
	note("wait %s", e->reached < e->recorded ? "for an event" : "for nothing");
	while (e->reached < e->recorded && advance(e->stream)) {
	}
	return broken;
}

API cuStreamBeginCapture_v2(void *stream, int mode) {
	ENTER;
	Stream *s = static_cast<Stream *>(stream);
	NEEDS(streams.count(s) && !s->capture && !capturing && mode == 1, 1); // thread-local
	s->capture.reset(new Graph{s->device, {}});
	s->invalid = false;
	capturing = s;
	return 0;
}
API cuStreamEndCapture(void *stream, void **graph) {
	ENTER;
	Stream *s = static_cast<Stream *>(stream);
	NEEDS(streams.count(s) && s->capture && capturing == s, 1);
	capturing = nullptr;
	*graph = nullptr;
	std::unique_ptr<Graph> g = std::move(s->capture);
	NEEDS(!s->invalid, 901);
	graphs.insert(g.get());
	return *graph = g.release(), 0;
}
API cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long flags) {
	ENTER;
	FORBIDDEN("instantiating a graph");
	NEEDS(!no_graphs(), 2);
	NEEDS(graphs.count(static_cast<Graph *>(graph)) && !flags, 400);
	Graph *x = new Graph(*static_cast<Graph *>(graph));
	execs.insert(x);
	return *exec = x, 0;
}
API cuGraphLaunch(void *exec, void *stream) {
	ENTER;
	Graph *x = static_cast<Graph *>(exec);
	NEEDS(execs.count(x) && x->device == current, 400);
	x->pending++;
	note("graph %zu", x->nodes.size());
	return put(stream, [=]() -> CUresult {
		x->pending--;
		for (Work &work : x->nodes)
			if (CUresult r = work())
				return r;
		return 0;
	});
}
API cuGraphDestroy(void *graph) {
	ENTER;
	Graph *g = static_cast<Graph *>(graph);
	NEEDS(graphs.erase(g), 400);
	delete g;
	return 0;
}
API cuGraphExecDestroy(void *exec) {
	ENTER;
	Graph *x = static_cast<Graph *>(exec);
	NEEDS(execs.count(x), 400);
	NEEDS(!x->pending, wrong(1, "a graph is destroyed before it has run"));
	execs.erase(x);
	delete x;
	return 0;
}
