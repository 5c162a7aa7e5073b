package main

// NEON has no masked loads and stores: the one to three elements of a tail go singly or in pairs, by the bits of the count.

// loadTail fills a register with the elements that are left, and zeros.
func (f *file) loadTail(ptr string, reg int) {
	f.tail(
		func() { f.raw("\tFMOVD (%s), F%d", ptr, reg) },
		func() {
			f.raw("\tADD $8, %s, %s", ptr, f.scratch)
			f.raw("\tVLD1 (%s), V%d.S[2]", f.scratch, reg)
		},
		func() { f.raw("\tFMOVS (%s), F%d", ptr, reg) })
}

func (f *file) storeTail(reg int, ptr string) {
	f.tail(
		func() { f.raw("\tFMOVD F%d, (%s)", reg, ptr) },
		func() {
			f.raw("\tADD $8, %s, %s", ptr, f.scratch)
			f.raw("\tVST1 V%d.S[2], (%s)", reg, f.scratch)
		},
		func() { f.raw("\tFMOVS F%d, (%s)", reg, ptr) })
}

// tail takes a pair and perhaps a third, or a single one.
func (f *file) tail(pair, third, single func()) {
	one, done := f.fresh("one"), f.fresh("done")
	f.raw("\tTBZ $1, %s, %s", f.count, one)
	pair()
	f.raw("\tTBZ $0, %s, %s", f.count, done)
	third()
	f.raw("\tB %s", done)
	f.raw("%s:", one)
	single()
	f.raw("%s:", done)
}

// lanesMask sets register 15 in the lanes that a tail has, for the routines that ask.
func (f *file) lanesMask(r *routine) {
	switch r.name {
	case "maxScaled", "expShift", "sumSq":
	default:
		return
	}
	f.raw("\tMOVD $lanes<>+%d(SB), %s", f.bytes(), f.scratch)
	f.raw("\tSUB %s<<2, %s, %[2]s", f.count, f.scratch)
	f.raw("\tFMOVQ (%s), F%d", f.scratch, f.place(f.v(15)))
}

// foldLanes leaves the sum, or the largest, of a register's lanes in its first.
func (f *file) foldLanes(largest bool, reg int) {
	name := "FADDP"
	if largest {
		name = "FMAXNMP"
	}
	for range 2 {
		f.word(vectors(name, reg, reg, reg))
	}
}
