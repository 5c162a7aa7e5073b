package cpu

import "github.com/skillneuron/skillneuron/engine"

// Dropout is dst = x·keep/(1-p).
func (b *Backend) Dropout(dst, x engine.Tensor, d engine.Dropout) {
	const op = "dropout"
	dst.Shape(op, x.Rows, x.Cols)
	if !d.On() {
		b.Copy(dst, x)
		return
	}
	from, to := in(op, x), out(op, dst)
	b.dropped(op, x, d, func(i int, scale float32) { to[i] = from[i] * scale }, func(i int) { to[i] = 0 })
}

// DropoutGrad is dx += dy·keep/(1-p).
func (b *Backend) DropoutGrad(dx, dy engine.Tensor, d engine.Dropout) {
	const op = "dropout_grad"
	dx.Shape(op, dy.Rows, dy.Cols)
	if !d.On() {
		b.Axpy(dx, 1, dy)
		return
	}
	from, to := in(op, dy), out(op, dx)
	b.dropped(op, dy, d, func(i int, scale float32) { to[i] += float32(from[i] * scale) }, func(int) {})
}

// dropped calls keep or drop for every element.
func (b *Backend) dropped(op string, x engine.Tensor, d engine.Dropout, keep func(i int, scale float32), drop func(i int)) {
	d.Check(op, x.Rows)
	scale := float32(1 / (1 - float64(d.P)))
	b.pool.split(len(d.Off)-1, 1, x.Len()*4/max(1, len(d.Off)-1), func(lo, hi int, _ *scratch) {
		for s := lo; s < hi; s++ {
			key := d.Key(s)
			first, end := int(d.Off[s])*x.Cols, int(d.Off[s+1])*x.Cols
			for i := first; i < end; i++ {
				if d.Keep(key, i-first) {
					keep(i, scale)
				} else {
					drop(i)
				}
			}
		}
	})
}
