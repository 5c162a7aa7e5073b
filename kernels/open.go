package kernels

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/kernels/cpu"
)

// Options are what a user may say about a device. The zero Options are right for most.
type Options struct {
	Threads int // goroutines that compute at once on a CPU; 0: every processor
	// Kernels is the kernel set: auto (or ""); on a CPU amx, avx512, avx2, neon or go; of products on a GPU's tensor cores mma or wgmma.
	Kernels string
	// Precision is float32 (or ""); or, of products with weights, int8 on a CPU, bf16 on a CPU or a GPU, and tf32 on a GPU: for inference only, unless
	// [Trains].
	Precision string
}

// Values of [Options].Precision.
const (
	Float32 = cpu.Float32
	Int8    = cpu.Int8
	BF16    = cpu.BF16
	TF32    = "tf32"
)

// Trains tells whether a model can be trained in that precision on a device of that name.
func Trains(device, precision string) bool {
	switch precision {
	case "", Float32:
		return true
	case TF32, BF16:
		return strings.HasPrefix(device, "cuda:")
	}
	return false
}

// Devices are the names that [Open] takes, for messages; N is a number.
const Devices = "auto, cpu, cuda:N"

// Open opens "auto" (or ""), "cpu" or "cuda:N". A device that this program or this machine lacks gives a [*NoDeviceError].
func Open(device string, opt Options) (engine.Backend, error) {
	switch device {
	case "", "auto", "cpu":
		b, err := cpu.Open(cpu.Options{Threads: opt.Threads, Kernels: opt.Kernels, Precision: opt.Precision})
		if err != nil {
			return nil, err
		}
		return b, nil
	}
	if number, ok := strings.CutPrefix(device, "cuda:"); ok {
		if n, err := strconv.ParseUint(number, 10, 16); err == nil {
			if opt.Precision == Int8 {
				return nil, fmt.Errorf("%s does not compute in %s; choose --device cpu, or --precision %s or %s", device, Int8, TF32, BF16)
			}
			return openCUDA(int(n), opt)
		}
	}
	return nil, fmt.Errorf("there is no device %q; choose one of: %s", device, Devices)
}

// NoDeviceError says that a device cannot be had here.
type NoDeviceError struct {
	Device string // the name that was asked for
	Why    string // what is missing, and how to get it
}

func (e *NoDeviceError) Error() string { return "no device " + e.Device + ": " + e.Why }
