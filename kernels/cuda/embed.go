// SPDX-License-Identifier: GPL-3.0-or-later

//go:build cuda || cudaemu

package cuda

import "github.com/skillneuron/skillneuron/engine"

// Embed is dst[r] = word[ids[r]] + pos[posIDs[r]] + typ[0]; where ids[r] < 0 the word is prompt[-1-ids[r]].
func (b *Backend) Embed(dst, word, pos, typ, prompt engine.Tensor, ids, posIDs []int32) {
	const op = "embed"
	n := word.Cols
	dst.Shape(op, len(ids), n)
	pos.Shape(op, pos.Rows, n)
	typ.Shape(op, typ.Rows, n)
	engine.Must(typ.Rows > 0, op, "no type embedding")
	floats(op, word, pos, typ)
	sameCount(op, ids, posIDs)
	var promptAt address
	var promptType engine.DType
	if prompt.Ok() {
		prompt.Shape(op, prompt.Rows, n)
		floats(op, prompt)
		promptAt, promptType = source(op, prompt), at(op, prompt).dtype
	}
	for r, id := range ids {
		if int(id) >= word.Rows || int(-1-id) >= prompt.Rows && id < 0 {
			engine.Fail(op, "id %d at row %d, with %d words and %d prompt rows", id, r, word.Rows, prompt.Rows)
		}
		if p := posIDs[r]; p < 0 || int(p) >= pos.Rows {
			engine.Fail(op, "position %d of %d at row %d", p, pos.Rows, r)
		}
	}
	to := out(op, dst)
	b.begin()
	defer b.end()
	t := b.tables(raw(ids), raw(posIDs))
	a := pass().at(to, source(op, word)).ints(int(at(op, word).dtype)).at(source(op, pos)).ints(int(at(op, pos).dtype))
	a.at(b.in(op, typ.Slice(0, 1)), promptAt).ints(int(promptType)).at(t[0], t[1]).ints(n)
	b.each("embed", dst.Rows, dst.Cols, a)
}

// EmbedGrad adds dy to the rows that Embed read, in the order of rows.
func (b *Backend) EmbedGrad(dword, dpos, dtyp, dprompt, dy engine.Tensor, ids, posIDs []int32) {
	const op = "embed_grad"
	n := dy.Cols
	dy.Shape(op, len(ids), n)
	sameCount(op, ids, posIDs)
	floats(op, dy)
	for r, id := range ids {
		switch p := posIDs[r]; {
		case id >= 0 && dword.Ok() && int(id) >= dword.Rows:
			engine.Fail(op, "id %d of %d at row %d", id, dword.Rows, r)
		case id < 0 && dprompt.Ok() && int(-1-id) >= dprompt.Rows:
			engine.Fail(op, "prompt row %d of %d at row %d", -1-id, dprompt.Rows, r)
		case dpos.Ok() && (p < 0 || int(p) >= dpos.Rows):
			engine.Fail(op, "position %d of %d at row %d", p, dpos.Rows, r)
		}
	}
	word, pos := outIf(op, dword, dword.Rows, n), outIf(op, dpos, dpos.Rows, n)
	typ, prompt := outIf(op, dtyp, dtyp.Rows, n), outIf(op, dprompt, dprompt.Rows, n)
	b.begin()
	defer b.end()
	from := b.in(op, dy)
	if dword.Ok() {
		b.scatter(word, from, dword.Rows, n, len(ids), func(r int) int { return int(ids[r]) })
	}
	if dprompt.Ok() {
		b.scatter(prompt, from, dprompt.Rows, n, len(ids), func(r int) int { return int(-1 - ids[r]) })
	}
	if dpos.Ok() {
		b.scatter(pos, from, dpos.Rows, n, len(ids), func(r int) int { return int(posIDs[r]) })
	}
	if dtyp.Ok() {
		b.sumRows(typ, from, len(ids), n)
	}
}

func sameCount(op string, ids, posIDs []int32) {
	if len(ids) != len(posIDs) {
		engine.Fail(op, "%d ids, %d positions", len(ids), len(posIDs))
	}
}
