package cpu

import "github.com/skillneuron/skillneuron/engine"

// embedding is a lookup, or its gradient, under way.
type embedding struct {
	word, pos, prompt          table
	typ                        []float32 // the type's row
	dword, dpos, dtyp, dprompt []float32 // nil where not wanted
	ids, posIDs                []int32
}

// table is rows in memory of any type.
type table struct {
	*buffer
	off int
}

// read fills row with row i.
func (t table) read(op string, row []float32, i int) { t.widen(op, row, t.off+i*len(row)) }

// Embed is dst[r] = word[ids[r]] + pos[posIDs[r]] + typ[0]; where ids[r] < 0 the word is prompt[-1-ids[r]].
func (b *Backend) Embed(dst, word, pos, typ, prompt engine.Tensor, ids, posIDs []int32) {
	const op = "embed"
	n := word.Cols
	dst.Shape(op, len(ids), n)
	pos.Shape(op, pos.Rows, n)
	typ.Shape(op, typ.Rows, n)
	engine.Must(typ.Rows > 0, op, "no type embedding")
	checkIDs(op, word.Rows, pos.Rows, prompt, n, ids, posIDs)
	e := embedding{word: table{at(op, word), word.Off}, pos: table{at(op, pos), pos.Off}, typ: in(op, typ.Slice(0, 1)), ids: ids, posIDs: posIDs}
	if prompt.Ok() {
		e.prompt = table{at(op, prompt), prompt.Off}
	}
	to := out(op, dst)
	j := b.job()
	j.embed, j.to, j.cols = e, to, n
	j.split(len(ids), 1, 4*n, func(j *job, lo, hi int, s *scratch) {
		e, n := &j.embed, j.cols
		p := s.get(slotRow, n)
		for r := lo; r < hi; r++ {
			row := j.to[r*n : (r+1)*n]
			if id := int(e.ids[r]); id < 0 {
				e.prompt.read(op, row, -1-id)
			} else {
				e.word.read(op, row, id)
			}
			e.pos.read(op, p, int(e.posIDs[r]))
			// the order of Hugging Face: word + type, then position
			j.b.k.Add(row, row, e.typ)
			j.b.k.Add(row, row, p)
		}
	})
}

// EmbedGrad adds dy to the rows that Embed read, in the order of rows: columns are split, rows are not.
func (b *Backend) EmbedGrad(dword, dpos, dtyp, dprompt, dy engine.Tensor, ids, posIDs []int32) {
	const op = "embed_grad"
	n := dy.Cols
	dy.Shape(op, len(ids), n)
	sameCount(op, ids, posIDs)
	from := in(op, dy)
	e := embedding{dword: gradTable(op, dword, n), dpos: gradTable(op, dpos, n), dtyp: gradTable(op, dtyp, n), dprompt: gradTable(op, dprompt, n), ids: ids, posIDs: posIDs}
	for r, id := range ids {
		switch p := posIDs[r]; {
		case id >= 0 && e.dword != nil && int(id) >= dword.Rows:
			engine.Fail(op, "id %d of %d at row %d", id, dword.Rows, r)
		case id < 0 && e.dprompt != nil && int(-1-id) >= dprompt.Rows:
			engine.Fail(op, "prompt row %d of %d at row %d", -1-id, dprompt.Rows, r)
		case e.dpos != nil && (p < 0 || int(p) >= dpos.Rows):
			engine.Fail(op, "position %d of %d at row %d", p, dpos.Rows, r)
		}
	}
	j := b.job()
	j.embed, j.x, j.cols = e, from, n
	j.split(n, 16, 3*len(ids), func(j *job, lo, hi int, _ *scratch) {
		e, n := &j.embed, j.cols
		for r, id := range e.ids {
			x := j.x[r*n+lo : r*n+hi]
			if id < 0 {
				j.b.addRow(e.dprompt, int(-1-id)*n+lo, x)
			} else {
				j.b.addRow(e.dword, int(id)*n+lo, x)
			}
			j.b.addRow(e.dpos, int(e.posIDs[r])*n+lo, x)
			j.b.addRow(e.dtyp, lo, x)
		}
	})
}

// gradTable is a gradient with rows of n, nil where it is not wanted.
func gradTable(op string, t engine.Tensor, n int) []float32 {
	if !t.Ok() {
		return nil
	}
	t.Shape(op, t.Rows, n)
	return out(op, t)
}

// addRow is t[off:] += x, unless t is nil.
func (b *Backend) addRow(t []float32, off int, x []float32) {
	if t != nil {
		b.k.Add(t[off:off+len(x)], t[off:off+len(x)], x)
	}
}

func sameCount(op string, ids, posIDs []int32) {
	if len(ids) != len(posIDs) {
		engine.Fail(op, "%d ids, %d positions", len(ids), len(posIDs))
	}
}

func checkIDs(op string, words, positions int, prompt engine.Tensor, n int, ids, posIDs []int32) {
	sameCount(op, ids, posIDs)
	if prompt.Ok() {
		prompt.Shape(op, prompt.Rows, n)
	}
	for r, id := range ids {
		if int(id) >= words || int(-1-id) >= prompt.Rows && id < 0 {
			engine.Fail(op, "id %d at row %d, with %d words and %d prompt rows", id, r, words, prompt.Rows)
		}
		if p := posIDs[r]; p < 0 || int(p) >= positions {
			engine.Fail(op, "position %d of %d at row %d", p, positions, r)
		}
	}
}
