//go:build !noasm

package simd

import "unsafe"

// strips are blocks of K of panels, in the order of memory.
type strips []stripAMX

const (
	stepBytes = 4 * bfloat16Part
	pageBytes = 4096
	// aheadSteps is how far ahead weights are fetched: float32FewAMX fetches the next eight pages in eight steps, some lines of each in each of them.
	aheadSteps = 10
)

// fewTiles multiplies few rows, as PartsGemmFew has found them.
func fewTiles(m, n, k int, as []BFloat16Rows, packed []float32, j0 int, c []float32, ldc int, ep Epilogue, room *Room) {
	room.strips = room.strips[:0]
	for j := 0; j < n; j += bfloat16Panel {
		u := stripAMX{c: &c[j], mask: 1<<min(bfloat16Panel, n-j) - 1}
		if ep.Res != nil {
			u.res = &ep.Res[j]
		}
		if ep.Bias != nil {
			u.bias = &ep.Bias[j]
		}
		for i := range as {
			u.a, u.steps, u.flags = (*float32)(unsafe.Pointer(&as[i].data[0])), steps(as[i].k), 0
			if ep.Accumulate || i > 0 {
				u.flags = haveC
			}
			if ep.Res != nil && i == 0 {
				u.flags |= haveRes
			}
			if ep.Bias != nil && i == len(as)-1 {
				u.flags |= haveBias
			}
			room.strips = append(room.strips, u)
		}
	}
	t := room.tile(2*as[0].stride, 0, ldc, ep)
	t.rows, t.config = m, &amxConfigs[m]
	t.strips, t.offStrip, t.endStrips = &room.strips[0], 0, len(room.strips)*int(unsafe.Sizeof(stripAMX{}))
	numbers := packed[j0*k:][:(n+bfloat16Panel-1)/bfloat16Panel*bfloat16Panel*k]
	t.tail, t.panel = &numbers[0], &numbers[bfloat16Part%len(numbers)]
	parts := room.panel(0, 2)
	splitPanelNative(parts, numbers, 1)
	t.b, t.parts = (*float32)(unsafe.Pointer(&parts[0])), &parts[Float32Parts*bfloat16Part]
	begin := uintptr(unsafe.Pointer(t.tail))
	t.end = begin + 4*uintptr(len(numbers))
	if t.fetched = (begin + aheadSteps*stepBytes) &^ (pageBytes - 1); t.fetched >= t.end {
		t.fetched = uintptr(unsafe.Pointer(t.strips.a)) &^ (pageBytes - 1)
	}
	float32FewAMX(&t)
	clear(room.strips) // a room outlives the model whose memory they name
}
