package cpu

import "github.com/skillneuron/skillneuron/engine"

// Embed is dst[r] = word[ids[r]] + pos[posIDs[r]] + typ[0]; where ids[r] < 0 the word is prompt[-1-ids[r]].
func (b *Backend) Embed(dst, word, pos, typ, prompt engine.Tensor, ids, posIDs []int32) {
	const op = "embed"
	n := word.Cols
	dst.Shape(op, len(ids), n)
	pos.Shape(op, pos.Rows, n)
	typ.Shape(op, typ.Rows, n)
	engine.Must(typ.Rows > 0, op, "no type embedding")
	checkIDs(op, word.Rows, pos.Rows, prompt, n, ids, posIDs)
	words, positions, prompts := at(op, word), at(op, pos), (*buffer)(nil)
	if prompt.Ok() {
		prompts = at(op, prompt)
	}
	kind := in(op, typ.Slice(0, 1))
	to := out(op, dst)
	b.pool.split(len(ids), 1, 4*n, func(lo, hi int, s *scratch) {
		p := s.get(slotRow, n)
		for r := lo; r < hi; r++ {
			row := to[r*n : (r+1)*n]
			if id := int(ids[r]); id < 0 {
				prompts.widen(op, row, prompt.Off+(-1-id)*n)
			} else {
				words.widen(op, row, word.Off+id*n)
			}
			positions.widen(op, p, pos.Off+int(posIDs[r])*n)
			// the order of Hugging Face: word + type, then position
			b.k.Add(row, row, kind)
			b.k.Add(row, row, p)
		}
	})
}

// EmbedGrad adds dy to the rows that Embed read, in the order of rows: columns are split, rows are not.
func (b *Backend) EmbedGrad(dword, dpos, dtyp, dprompt, dy engine.Tensor, ids, posIDs []int32) {
	const op = "embed_grad"
	n := dy.Cols
	dy.Shape(op, len(ids), n)
	engine.Must(len(ids) == len(posIDs), op, "%d ids, %d positions", len(ids), len(posIDs))
	from := in(op, dy)
	target := func(t engine.Tensor) []float32 {
		if !t.Ok() {
			return nil
		}
		t.Shape(op, t.Rows, n)
		return out(op, t)
	}
	word, pos, typ, prompt := target(dword), target(dpos), target(dtyp), target(dprompt)
	for r, id := range ids {
		engine.Must(id < 0 || word == nil || int(id) < dword.Rows, op, "id %d of %d at row %d", id, dword.Rows, r)
		engine.Must(id >= 0 || prompt == nil || int(-1-id) < dprompt.Rows, op, "prompt row %d of %d at row %d", -1-id, dprompt.Rows, r)
		engine.Must(pos == nil || posIDs[r] >= 0 && int(posIDs[r]) < dpos.Rows, op, "position %d of %d at row %d", posIDs[r], dpos.Rows, r)
	}
	b.pool.split(n, 16, 3*len(ids), func(lo, hi int, _ *scratch) {
		add := func(t []float32, row int, x []float32) {
			if t != nil {
				b.k.Add(t[row*n+lo:row*n+hi], t[row*n+lo:row*n+hi], x)
			}
		}
		for r, id := range ids {
			x := from[r*n+lo : r*n+hi]
			if id < 0 {
				add(prompt, int(-1-id), x)
			} else {
				add(word, int(id), x)
			}
			add(pos, int(posIDs[r]), x)
			add(typ, 0, x)
		}
	})
}

func checkIDs(op string, words, positions int, prompt engine.Tensor, n int, ids, posIDs []int32) {
	engine.Must(len(ids) == len(posIDs), op, "%d ids, %d positions", len(ids), len(posIDs))
	if prompt.Ok() {
		prompt.Shape(op, prompt.Rows, n)
	}
	for r, id := range ids {
		engine.Must(int(id) < words && int(-1-id) < prompt.Rows, op, "id %d at row %d, with %d words and %d prompt rows", id, r, words, prompt.Rows)
		engine.Must(posIDs[r] >= 0 && int(posIDs[r]) < positions, op, "position %d of %d at row %d", posIDs[r], positions, r)
	}
}
