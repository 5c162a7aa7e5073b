// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda && !cudaemu

package cuda

import (
	_ "embed"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/mumax/3/cuda/cu"
)

// kernels is all .cu files for cards of compute capability 8.x and 9.0, and as PTX for later ones; make cuda compiles it.
//
//go:embed build/kernels.fatbin
var kernels string

const (
	leastDriver     = 13000 // CUDA 13.0, which compiled the kernels
	leastCapability = 8     // Ampere
)

// card is a GPU behind the driver, in its primary context. Commands run in one stream, in the order of calls; the tables of the next ones are copied in
// another one meanwhile.
type card struct {
	number    int
	arch      string
	sms       int
	ctx       cu.Context
	module    cu.Module
	functions map[string]cu.Function
	compute   cu.Stream
	copies    cu.Stream
	graphs    graphs
	staging   []byte // pinned memory of the host, through which bytes go: the bindings cannot be given pointers into Go's objects
}

// events tell when the tables of a slab are on the device, and when its commands are through.
type events struct{ there, through event }

const stagingBytes = 4 << 20

func openDevice(number int) (device, error) {
	if err := loadDriver(); err != nil {
		return nil, fmt.Errorf("this machine has no NVIDIA driver (%w); choose --device cpu", err)
	}
	c := &card{number: number, functions: map[string]cu.Function{}, graphs: newGraphs()}
	if err := try("starting the driver", func() { cu.Init(0) }); err != nil {
		return nil, fmt.Errorf("%w; see whether nvidia-smi works, or choose --device cpu", err)
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *card) open() error {
	runtime.LockOSThread() // the context that is current is the thread's
	defer runtime.UnlockOSThread()
	var version, count, major, minor int
	var dev cu.Device
	err := try("asking the driver", func() { version, count = cu.Version(), cu.DeviceGetCount() })
	switch {
	case err != nil:
		return err
	case version < leastDriver:
		return fmt.Errorf("the driver is for CUDA %d.%d, the kernels need 13.0: update it to release 580 or later", version/1000, version%1000/10)
	case count == 0:
		return errors.New("the driver sees no device; choose --device cpu")
	case c.number >= count:
		return fmt.Errorf("of the devices that the driver sees the last is cuda:%d", count-1)
	}
	err = try("asking the device", func() {
		dev = cu.DeviceGet(c.number)
		major, minor = dev.Attribute(cu.COMPUTE_CAPABILITY_MAJOR), dev.Attribute(cu.COMPUTE_CAPABILITY_MINOR)
		c.sms = dev.Attribute(cu.MULTIPROCESSOR_COUNT)
	})
	if err != nil {
		return err
	}
	if major < leastCapability {
		return fmt.Errorf("the card has compute capability %d.%d, the kernels need %d.0 (Ampere) or later", major, minor, leastCapability)
	}
	c.arch = fmt.Sprintf("sm_%d%d", major, minor)
	if c.ctx, err = primaryContext(dev); err != nil {
		return err
	}
	err = try("loading kernels", func() {
		c.ctx.SetCurrent()
		c.module = cu.ModuleLoadData(kernels)
		c.compute, c.copies = cu.StreamCreate(), cu.StreamCreate()
	})
	if err != nil {
		return err
	}
	c.staging, err = c.pinned(stagingBytes)
	return err
}

func (c *card) name() string    { return fmt.Sprintf("cuda:%d/%s", c.number, c.arch) }
func (c *card) processors() int { return c.sms }
func (c *card) largeTile() int  { return 96 }
func (c *card) hopper() bool    { return c.arch == "sm_90" }
func (c *card) enter() error    { return try("context", func() { c.ctx.SetCurrent() }) }
func (c *card) leave()          {}

// sync waits for the device. What a kernel did wrong comes out here, or in the next call.
func (c *card) sync() error { return try("waiting for the device", cu.CtxSynchronize) }

func (c *card) alloc(bytes int) (at address, err error) {
	err = try("memory", func() { at = address(cu.MemAlloc(int64(max(bytes, 1)))) })
	return at, err
}

func (c *card) free(at address, _ int) error {
	return try("freeing memory", func() { cu.MemFree(cu.DevicePtr(at)) })
}

func (c *card) pinned(bytes int) (x []byte, err error) {
	err = try("pinned memory", func() { x = unsafe.Slice((*byte)(cu.MemAllocHost(int64(bytes))), bytes) })
	return x, err
}

func (c *card) upload(dst address, src unsafe.Pointer, bytes int) error {
	return c.staged("upload", src, bytes, func(at int, host []byte, part []byte) {
		copy(part, host)
		cu.MemcpyHtoDAsync(cu.DevicePtr(dst)+cu.DevicePtr(at), unsafe.Pointer(&part[0]), int64(len(part)), c.compute)
		c.compute.Synchronize()
	})
}

func (c *card) download(dst unsafe.Pointer, src address, bytes int) error {
	return c.staged("download", dst, bytes, func(at int, host []byte, part []byte) {
		cu.MemcpyDtoHAsync(unsafe.Pointer(&part[0]), cu.DevicePtr(src)+cu.DevicePtr(at), int64(len(part)), c.compute)
		c.compute.Synchronize()
		copy(host, part)
	})
}

// staged moves bytes at host in parts, each beside as much of the staging memory.
func (c *card) staged(what string, host unsafe.Pointer, bytes int, move func(at int, host, part []byte)) error {
	all := unsafe.Slice((*byte)(host), bytes)
	return try(what, func() {
		for at := 0; at < bytes; at += stagingBytes {
			n := min(stagingBytes, bytes-at)
			move(at, all[at:at+n], c.staging[:n])
		}
	})
}

// submit copies the tables beside what the device computes, and has the commands wait for them.
func (c *card) submit(s *slab, words []uint64, kernels []string) error {
	e, err := c.eventsOf(s)
	if err != nil {
		return err
	}
	if s.bytes() > 0 {
		err := try("tables", func() {
			for _, g := range s.segments {
				if g.used > 0 {
					cu.MemcpyHtoDAsync(cu.DevicePtr(g.at), unsafe.Pointer(&g.host[0]), int64(g.used), c.copies)
				}
			}
		})
		if err = errors.Join(err, e.there.record(c.copies), e.there.holdUp(c.compute)); err != nil {
			return err
		}
		for _, g := range s.segments {
			if g.used > 0 {
				if err := c.copy(g.seat, g.at, g.used); err != nil {
					return err
				}
			}
		}
	}
	if err := c.runList(words, kernels); err != nil {
		return err
	}
	return errors.Join(s.bringBack(c.fetch), e.through.record(c.compute))
}

func (c *card) eventsOf(s *slab) (*events, error) {
	if e, ok := s.events.(*events); ok {
		return e, nil
	}
	e := new(events)
	var err, other error
	e.there, err = newEvent()
	e.through, other = newEvent()
	s.events = e
	return e, errors.Join(err, other)
}

func (c *card) finish(s *slab) error { return s.events.(*events).through.wait() }

func (c *card) copy(dst, src address, bytes int) error {
	return try("copy", func() { cu.MemcpyDtoDAsync(cu.DevicePtr(dst), cu.DevicePtr(src), int64(bytes), c.compute) })
}

func (c *card) zero(dst address, bytes int) error {
	return try("zero", func() { cu.MemsetD8Async(cu.DevicePtr(dst), 0, int64(bytes), c.compute) })
}

// fetch copies to pinned memory of the host.
func (c *card) fetch(to []byte, from address) error {
	return try("fetch", func() {
		cu.MemcpyDtoHAsync(unsafe.Pointer(&to[0]), cu.DevicePtr(from), int64(len(to)), c.compute)
	})
}

func (c *card) launch(kernel string, g grid, threads int, args []uint64) error {
	var refused error
	err := try("kernel "+kernel, func() {
		f, ok := c.functions[kernel]
		if !ok {
			f = c.module.GetFunction(kernel)
			if refused = allowShared(f, dynamicShared(kernel)); refused != nil {
				return
			}
			c.functions[kernel] = f
		}
		pointers := make([]unsafe.Pointer, len(args))
		for i := range args {
			pointers[i] = unsafe.Pointer(&args[i])
		}
		cu.LaunchKernel(f, g.x, g.y, g.z, threads, 1, 1, dynamicShared(kernel), c.compute, pointers)
	})
	return errors.Join(refused, err)
}
