// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import (
	"fmt"
	"strings"
)

// Kernel sets of the products on tensor cores. Auto is MMA until the other one has been seen and timed on a card.
const (
	Auto  = "auto"
	MMA   = "mma"   // tensor.cu: every card
	WGMMA = "wgmma" // wgmma.cu: Hopper
)

// choose sets which kernels multiply on tensor cores.
func (b *Backend) choose(kernels string) error {
	switch kernels {
	case "", Auto, MMA:
		return nil
	case WGMMA:
	default:
		return fmt.Errorf("there is no kernel set %q on a GPU; choose %s, %s or %s", kernels, Auto, MMA, WGMMA)
	}
	if b.tensor == "" {
		return fmt.Errorf("kernel set %s multiplies on tensor cores, not in %s; add --precision %s or %s", WGMMA, Float32, TF32, BF16)
	}
	if !b.dev.hopper() {
		return fmt.Errorf("%s has no %s instructions, which need compute capability 9.0 (Hopper); choose --kernels %s or %s", b.dev.name(), WGMMA, Auto, MMA)
	}
	b.products = "_" + WGMMA
	return nil
}

// dynamicShared is the bytes of shared memory that a kernel has to be given at its launch: wgmma.cu's ring.
func dynamicShared(kernel string) int {
	const stages = 3
	switch {
	case strings.Contains(kernel, "_"+WGMMA+"_"):
		return stages * 2 * packTile
	case kernel == "faulty_ring" || kernel == "faulty_product": // of the emulated device's tests
		return 2 * packTile
	}
	return 0
}
