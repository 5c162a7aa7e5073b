package roberta

import "github.com/skillneuron/skillneuron/engine"

// demand narrows what a run says of all rows to those that it reads. Its memory serves again.
type demand struct {
	off   []int32
	edit  engine.Edit
	taps  []tapRows // what the taps held before
	picks [][]int32
	used  int // of picks
}

type tapRows struct{ slot, label []int32 }

// offsets counts the rows read of each sentence.
func (d *demand) offsets(off, read []int32) []int32 {
	d.used = 0
	d.off = append(d.off[:0], 0)
	i := 0
	for s := range len(off) - 1 {
		for i < len(read) && read[i] < off[s+1] {
			if i > 0 && read[i-1] >= read[i] {
				engine.Fail("run", "rows read are not ascending at %d", i)
			}
			i++
		}
		d.off = append(d.off, int32(i))
	}
	if i < len(read) {
		engine.Fail("run", "row %d of %d is read", read[i], off[len(off)-1])
	}
	return d.off
}

// narrowEdit is e for the rows read.
func (d *demand) narrowEdit(e *engine.Edit, read []int32) *engine.Edit {
	if e == nil || e.Kind != engine.EditGaussian {
		return e
	}
	d.edit = *e
	d.edit.Example = d.pick(e.Example, read)
	return &d.edit
}

// narrowTaps lets taps see the rows read only, until widenTaps.
func (d *demand) narrowTaps(taps []*engine.Tap, read []int32) {
	d.taps = d.taps[:0]
	for _, t := range taps {
		d.taps = append(d.taps, tapRows{t.Slot, t.Label})
		t.Slot = d.pick(t.Slot, read)
		if t.Pool == engine.PoolNone && t.Label != nil {
			t.Label = d.pick(t.Label, read)
		}
	}
}

func (d *demand) widenTaps(taps []*engine.Tap) {
	for i, t := range taps {
		t.Slot, t.Label = d.taps[i].slot, d.taps[i].label
	}
}

// pick is x at the given rows.
func (d *demand) pick(x, rows []int32) []int32 {
	if d.used == len(d.picks) {
		d.picks = append(d.picks, nil)
	}
	y := d.picks[d.used][:0]
	for _, r := range rows {
		y = append(y, x[r])
	}
	d.picks[d.used] = y
	d.used++
	return y
}
