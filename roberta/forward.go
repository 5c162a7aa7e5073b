package roberta

import (
	"github.com/skillneuron/skillneuron/autograd"
	"github.com/skillneuron/skillneuron/engine"
)

// Run says what one forward is for; nothing else is computed. The zero Run computes the last hidden states of all rows.
type Run struct {
	// Layers ends the run after that many layers; 0: all. The last of them is "the last layer" below, and has no head behind it.
	Layers int
	// Read lists, ascending, the rows of the batch whose last-layer output anyone reads; nil: all. Taps on the last layer see these rows only.
	Read []int32
	// IDs are the vocabulary ids whose logits are wanted at the rows read; AllIDs wants the whole vocabulary.
	IDs    []int32
	AllIDs bool
	// Join are offsets into IDs, C+1 of them: the logits of each class's ids are joined by logsumexp, and C come back. nil: none are. See [Joined].
	Join []int32
	// StopAtTaps ends the run after the last layer's feed-forward activations: nothing comes back but what taps took.
	StopAtTaps bool
	// Taps and Edits stand by layer; nil or short slices mean none.
	Taps  [][]*engine.Tap
	Edits []*engine.Edit
	// Hidden receives the embeddings and each layer's output, [R, H] (the last: rows read).
	Hidden *[]engine.Tensor
	// Drop is the configuration's dropout while training.
	Drop Dropout
}

// Dropout are the probabilities of training-time dropout and the place in the training run that draws it.
type Dropout struct {
	Hidden, Attention float32
	Seed, Step        uint64
}

// forward computes what s.run asks for: logits [rows read, ids], hidden states [rows read, H], or nil.
func (s *Session) forward(b *Batch) *engine.Value {
	f := s.frame(b)
	return f.from(0, f.embed())
}

// frame is one forward under way.
type frame struct {
	m       *Model
	t       *autograd.Tape
	b       *Batch
	run     *Run
	s       *Session
	buffers [2]engine.Tensor // for the outputs of layers by turns, unless they are kept
	between engine.DType     // of activations between ops, but for sums before a layer norm, and results
}

func (s *Session) frame(b *Batch) *frame {
	f := &s.frames
	*f = frame{m: s.m, t: s.tape, b: b, run: &s.run, s: s}
	if h, ok := s.be.(engine.Halved); ok && !s.tape.Recording() {
		f.between = h.Activations()
	}
	if !s.tape.Recording() && s.run.Hidden == nil {
		for i := range f.buffers {
			f.buffers[i] = s.tape.Arena().NewAs(f.between, b.Rows(), s.m.Config.HiddenSize)
		}
	}
	return f
}

// buffer is where layer l writes; the embeddings' is that of layer -1.
func (f *frame) buffer(l int) engine.Tensor { return f.buffers[l&1] }

// into lets the next op write to dst, if there is one.
func (f *frame) into(dst engine.Tensor) {
	if dst.Ok() {
		f.t.Into(dst)
	}
}

func (f *frame) embed() *engine.Value {
	m := f.m
	x := f.t.Apply(engine.Embed, engine.Attr{IDs: f.b.IDs, PosIDs: f.b.Pos}, m.word, m.pos, m.typ, m.prompt)
	f.into(f.buffer(-1))
	f.t.As(f.between)
	x = f.norm(x, m.embNorm, float32(m.Config.LayerNormEps))
	x = f.drop(x, f.b.Off, -1, engine.SiteEmbedding)
	f.note(x)
	f.s.through = 0
	return x
}

// layers is how many layers the run has.
func (f *frame) layers() int {
	n, run := len(f.m.layers), f.run
	if run.Layers > n || run.Layers > 0 && (run.IDs != nil || run.AllIDs) {
		engine.Fail("run", "%d of %d layers, with %d ids", run.Layers, n, len(run.IDs))
	}
	if run.Layers > 0 {
		return run.Layers
	}
	return n
}

// from runs layers from l on, whose input is x, and the head.
func (f *frame) from(l int, x *engine.Value) *engine.Value {
	arena := f.t.Arena()
	for n := f.layers(); l < n; l++ {
		last := l == n-1
		mark := arena.Mark()
		var out engine.Tensor
		if !last {
			out = f.buffer(l)
		}
		x = f.layer(x, l, last, out)
		f.note(x)
		if x == nil {
			return nil
		}
		if out.Ok() {
			arena.Release(mark)
		}
	}
	if f.run.IDs == nil && !f.run.AllIDs {
		return x
	}
	return f.head(x, float32(f.m.Config.LayerNormEps))
}

func (f *frame) note(x *engine.Value) {
	if f.run.Hidden != nil && x != nil {
		*f.run.Hidden = append(*f.run.Hidden, x.T)
	}
}

func (f *frame) norm(x *engine.Value, n norm, eps float32) *engine.Value {
	return f.t.Apply(engine.LayerNorm, engine.Attr{Eps: eps}, x, n.gamma, n.beta)
}

func (f *frame) linear(x *engine.Value, d dense, res *engine.Value, as engine.DType) *engine.Value {
	return f.t.As(as).Apply(engine.Linear, engine.Attr{}, x, d.w, d.b, res)
}

// residual is dropout(d(x)) + res.
func (f *frame) residual(x *engine.Value, d dense, res *engine.Value, off []int32, l, site int) *engine.Value {
	if f.run.Drop.Hidden == 0 {
		return f.linear(x, d, res, engine.F32)
	}
	y := f.drop(f.linear(x, d, nil, engine.F32), off, l, site)
	return f.t.Apply(engine.Add, engine.Attr{}, y, res)
}

func (f *frame) dropout(p float32, off []int32, l, site int) engine.Dropout {
	d := f.run.Drop
	return engine.Dropout{P: p, Seed: d.Seed, Step: d.Step, Layer: l, Site: site, Off: off, Example: f.b.Example}
}

func (f *frame) drop(x *engine.Value, off []int32, l, site int) *engine.Value {
	if f.run.Drop.Hidden == 0 {
		return x
	}
	return f.t.Apply(engine.Dropped, engine.Attr{Drop: f.dropout(f.run.Drop.Hidden, off, l, site)}, x)
}

// layer is one Transformer layer; its output is nil when the run stops at its taps.
func (f *frame) layer(x *engine.Value, l int, last bool, out engine.Tensor) *engine.Value {
	h, u, off := f.upper(x, l, last)
	if last && f.run.StopAtTaps {
		return nil
	}
	return f.lower(h, u, l, last, off, out)
}

// upper is a layer up to its feed-forward activations u, at the rows read: attention's output h, and where sentences begin in both.
func (f *frame) upper(x *engine.Value, l int, last bool) (h, u *engine.Value, off []int32) {
	t, y, eps := f.t, &f.m.layers[l], float32(f.m.Config.LayerNormEps)
	off = f.b.Off
	edit, taps := at(f.run.Edits, l), at(f.run.Taps, l)
	query := x
	if last && f.run.Read != nil {
		query = t.As(f.between).Apply(engine.Gather, engine.Attr{Rows: f.run.Read}, x)
		off = f.s.demand.offsets(f.b.Off, f.run.Read)
		edit = f.s.demand.narrowEdit(edit, f.run.Read)
		f.s.demand.narrowTaps(taps, f.run.Read)
		defer f.s.demand.widenTaps(taps)
	}
	q := f.linear(query, y.q, nil, f.between)
	kv := f.linear(x, y.kv, nil, f.between)
	ragged := engine.Ragged{QOff: off, KVOff: f.b.Off, Heads: f.m.Config.NumAttentionHeads,
		Drop: f.dropout(f.run.Drop.Attention, off, l, engine.SiteAttention)}
	a := t.As(f.between).Apply(engine.SelfAttention, engine.Attr{Ragged: ragged}, q, kv)
	h = f.residual(a, y.out, query, off, l, engine.SiteAttentionOutput)
	t.As(f.between)
	h = f.norm(h, y.norm1, eps)
	if edit == nil && len(taps) == 0 {
		t.As(f.between)
	}
	u = t.Apply(engine.FFNUp, engine.Attr{Edit: edit, Taps: taps}, h, y.up.w, y.up.b)
	f.s.through = l + 1
	return h, u, off
}

// lower is the rest of a layer.
func (f *frame) lower(h, u *engine.Value, l int, last bool, off []int32, out engine.Tensor) *engine.Value {
	t, y, eps := f.t, &f.m.layers[l], float32(f.m.Config.LayerNormEps)
	s := f.residual(u, y.down, h, off, l, engine.SiteFFNOutput)
	if y.adapter != nil {
		z := t.Apply(engine.ReLU, engine.Attr{}, f.linear(f.norm(s, y.norm2, eps), y.adapter.down, nil, engine.F32))
		s = f.linear(z, y.adapter.up, s, engine.F32)
	}
	if !last {
		t.As(f.between)
	}
	f.into(out)
	return f.norm(s, y.norm2, eps)
}

// head is the language-model head at the rows read.
func (f *frame) head(x *engine.Value, eps float32) *engine.Value {
	t, h := f.t, &f.m.head
	x = f.norm(t.Apply(engine.GELU, engine.Attr{}, f.linear(x, h.dense, nil, engine.F32)), h.norm, eps)
	d := h.decoder
	if !f.run.AllIDs {
		rows := engine.Attr{Rows: f.run.IDs}
		v := d.b.T.Len()
		d.w = t.Apply(engine.Gather, rows, d.w)
		d.b = t.View(t.Apply(engine.Gather, rows, t.View(d.b, v, 1)), 1, len(f.run.IDs))
	}
	y := f.linear(x, d, nil, engine.F32)
	if f.run.Join != nil {
		y = t.Apply(engine.Join, engine.Attr{Off: f.run.Join}, y)
	}
	return y
}

// Joined turns a verbalizer's ids by class into [Run.IDs] and [Run.Join].
func Joined(byClass [][]int32) (ids, join []int32) {
	off := []int32{0}
	for _, of := range byClass {
		ids = append(ids, of...)
		off = append(off, int32(len(ids)))
	}
	if len(ids) > len(byClass) {
		join = off
	}
	return ids, join
}

func at[T any](s []T, l int) (zero T) {
	if l < len(s) {
		return s[l]
	}
	return zero
}
