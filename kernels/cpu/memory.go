package cpu

import (
	"github.com/skillneuron/skillneuron/engine"
	"github.com/skillneuron/skillneuron/engine/half"
)

// Upload writes src into dst, rounded to dst's type.
func (b *Backend) Upload(dst engine.Tensor, src []float32) {
	const op = "upload"
	if len(src) != dst.Len() {
		engine.Fail(op, "%d elements into %v", len(src), dst)
	}
	writable(op, dst).narrow(op, dst.Off, src)
}

// Download reads src, widened to float32.
func (b *Backend) Download(dst []float32, src engine.Tensor) {
	const op = "download"
	if len(dst) != src.Len() {
		engine.Fail(op, "%v into %d elements", src, len(dst))
	}
	at(op, src).widen(op, dst, src.Off)
}

// DownloadInts reads an int64 tensor.
func (b *Backend) DownloadInts(dst []int64, src engine.Tensor) {
	const op = "download"
	if len(dst) != src.Len() {
		engine.Fail(op, "%v into %d elements", src, len(dst))
	}
	buf := at(op, src)
	if buf.dtype != engine.I64 {
		engine.Fail(op, "got %v, want int64", src)
	}
	copy(dst, buf.i64[src.Off:])
}

// Copy is dst = src, converted through float32 where the types differ.
func (b *Backend) Copy(dst, src engine.Tensor) {
	const op = "copy"
	dst.Shape(op, src.Rows, src.Cols)
	from := at(op, src)
	to := writable(op, dst)
	n := src.Len()
	switch {
	case from.dtype != to.dtype:
		x := make([]float32, min(n, 1<<14))
		for i := 0; i < n; i += len(x) {
			x = x[:min(len(x), n-i)]
			from.widen(op, x, src.Off+i)
			to.narrow(op, dst.Off+i, x)
		}
	case from.dtype == engine.F32:
		copy(to.f32[dst.Off:], from.f32[src.Off:src.Off+n])
	case from.dtype == engine.I64:
		copy(to.i64[dst.Off:], from.i64[src.Off:src.Off+n])
	default:
		copy(to.u16[dst.Off:], from.u16[src.Off:src.Off+n])
	}
}

// Zero is dst = 0 for any type.
func (b *Backend) Zero(dst engine.Tensor) {
	const op = "zero"
	buf := writable(op, dst)
	lo, hi := dst.Off, dst.Off+dst.Len()
	switch buf.dtype {
	case engine.F32:
		j := b.job()
		j.to = buf.f32[lo:hi]
		j.split(hi-lo, 16, 1, func(j *job, lo, hi int, _ *scratch) { clear(j.to[lo:hi]) })
	case engine.I64:
		clear(buf.i64[lo:hi])
	default:
		clear(buf.u16[lo:hi])
	}
}

// Fill is dst = x, rounded to dst's type.
func (b *Backend) Fill(dst engine.Tensor, x float32) {
	const op = "fill"
	buf := writable(op, dst)
	lo, hi := dst.Off, dst.Off+dst.Len()
	if lo == hi {
		return
	}
	if buf.dtype == engine.F32 {
		fill(buf.f32[lo:hi], x)
		return
	}
	buf.narrow(op, lo, []float32{x})
	fill(buf.u16[lo:hi], buf.u16[lo])
}

func fill[T any](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}

// Sync does nothing: every call has ended when it returns.
func (b *Backend) Sync() error { return nil }

// widen reads len(dst) elements from off on.
func (buf *buffer) widen(op string, dst []float32, off int) {
	switch buf.dtype {
	case engine.F32:
		copy(dst, buf.f32[off:])
	case engine.F16:
		half.F16ToFloat32(dst, buf.u16[off:off+len(dst)])
	case engine.BF16:
		half.BF16ToFloat32(dst, buf.u16[off:off+len(dst)])
	default:
		engine.Fail(op, "%v cannot be read as float32", buf.dtype)
	}
}

// narrow writes src from off on.
func (buf *buffer) narrow(op string, off int, src []float32) {
	switch buf.dtype {
	case engine.F32:
		copy(buf.f32[off:off+len(src)], src)
	case engine.F16:
		half.F16FromFloat32(buf.u16[off:off+len(src)], src)
	case engine.BF16:
		half.BF16FromFloat32(buf.u16[off:off+len(src)], src)
	default:
		engine.Fail(op, "float32 cannot be written as %v", buf.dtype)
	}
}
