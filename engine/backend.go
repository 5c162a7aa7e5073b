package engine

// Backend is a device. Its methods take the destination first, allocate nothing that outlives the call, and run in the order of the calls of
// one goroutine. A backend may be used by many goroutines at once as long as they write different tensors.
//
// Every method that computes rows gives each row the same bits whatever other rows ride along (DESIGN contract "same bits"): reduction order
// depends on the row alone. Methods named …Grad accumulate into destinations that the caller zeroed; an absent (zero) gradient destination is not computed.
// Shape mistakes panic with a [*Fault].
type Backend interface {
	// Name is the device and the kernel set, such as "cpu/avx512".
	Name() string
	Memory
	Pointwise
	Rows
	MatMul
	Norm
	Attention
	Embedding
	FFN
	Loss
	Optimiser
}

// Cached is what a [Backend] may be besides: one that computes fastest while a batch's activations stay in a cache.
type Cached interface {
	// CacheRows is how many rows a forward had better compute at once, where there are many more.
	CacheRows() int
}

// Halved is what a [Backend] may be besides: one whose forward ops take and give activations in 16 bits.
type Halved interface {
	// Activations is the type in which a forward that nothing trains had better keep activations between ops: F32, or BF16. Then Linear, FFNUp, Attention, LayerNorm and
	// Gather, and what moves data, take tensors of either type, with the same result as if those of bfloat16 were float32 and the result were rounded; FFNUp to bfloat16
	// has neither edit nor taps nor pre.
	Activations() DType
}

// Editor is what a [Backend] may be besides: one that edits activations in place, as FFNUp does while it makes them.
type Editor interface {
	// Edit edits activations a [R, F]; kept [R, N] receives what e's N neurons held.
	Edit(a Tensor, e *Edit, kept Tensor)
	// Unedit takes that back.
	Unedit(a Tensor, e *Edit, kept Tensor)
}

// Shared is what a [Backend] may be besides: one whose calls share out their work to threads.
type Shared interface {
	Threads() int
	// Single is the same device for callers that take one thread each. Where there is work for as many callers as threads, none waits for another.
	Single() Backend
}

// Bucketed is what a [Backend] may be besides: one that does again what it has done before in less time, where tensors stand at the same places.
type Bucketed interface {
	// Bucket is rows or somewhat more: an arena gives tensors the room of so many rows, so that steps of nearly as many rows have theirs at the same places.
	Bucket(rows int) int
}

// Trainer is what a [Backend] may be besides that rounds what it multiplies with weights.
type Trainer interface {
	// Trains tells whether a model can be trained in its precision.
	Trains() bool
}

// Async is what a [Backend] may be besides: one that computes while its caller goes on.
type Async interface {
	// Fetch is a Download in two parts. What it returns waits for the values that src has had, and returns what went wrong on the device until then.
	Fetch(src Tensor) func(dst []float32) error
	// Mark hands all calls so far to the device. What it returns waits for them, has their taps report, and returns what went wrong on the device until then.
	Mark() func() error
}

// Memory moves data between the host and the device.
type Memory interface {
	Alloc(t DType, n int, use Use) (Buffer, error)
	Free(Buffer)
	// Upload writes src into dst, converted to dst's type (F32, F16, BF16).
	Upload(dst Tensor, src []float32)
	// Download reads src into dst, converted to float32.
	Download(dst []float32, src Tensor)
	// DownloadInts reads an I64 tensor.
	DownloadInts(dst []int64, src Tensor)
	// Copy is dst = src, converted where the types differ.
	Copy(dst, src Tensor)
	Zero(dst Tensor)
	Fill(dst Tensor, x float32)
	// Sync waits for the device and returns what went wrong on it. A device that has failed stays failed: what any caller's commands left on it is not known.
	Sync() error
}

// Pointwise operations on tensors of equal shape; dst may be one of the sources in Add, GELU and ReLU.
type Pointwise interface {
	Add(dst, a, b Tensor)                     // dst = a + b
	Axpy(dst Tensor, alpha float32, x Tensor) // dst += alpha·x
	GELU(dst, x Tensor)                       // dst = x·Φ(x), Φ by erf
	GELUGrad(dx, x, dy Tensor)                // dx += dy·gelu'(x)
	ReLU(dst, x Tensor)                       // dst = max(x, 0), NaN stays
	ReLUGrad(dx, x, dy Tensor)                // dx += dy where x > 0
	Dropout(dst, x Tensor, d Dropout)         // dst = x·keep/(1-p)
	DropoutGrad(dx, dy Tensor, d Dropout)     // dx += dy·keep/(1-p)
}

// Rows moves whole rows or columns; indices stand in host memory.
type Rows interface {
	Gather(dst, src Tensor, rows []int32)     // dst[i] = src[rows[i]]
	ScatterAdd(dst, src Tensor, rows []int32) // dst[rows[i]] += src[i], in the order of i
	GatherCols(dst, src Tensor, cols []int32) // dst[:, j] = src[:, cols[j]]
	SumRows(dst, x Tensor)                    // dst [1, n] += Σ_r x[r], in the order of r
}

// MatMul multiplies with weights W [N, K], stored as PyTorch's Linear stores them.
type MatMul interface {
	// Linear is dst [M, N] = x [M, K]·Wᵀ + bias [1, N] + res [M, N]; bias and res may be absent, res may be dst.
	Linear(dst, x, w, bias, res Tensor)
	// LinearGradX is dx [M, K] += dy [M, N]·W.
	LinearGradX(dx, dy, w Tensor)
	// LinearGradW is dw [N, K] += dyᵀ·x, summed over rows in their order.
	LinearGradW(dw, dy, x Tensor)
}

// Norm is layer normalisation over each row, with biased variance as in PyTorch.
type Norm interface {
	// LayerNorm is dst = (x-mean)/sqrt(var+eps)·gamma + beta; dst may be x.
	LayerNorm(dst, x, gamma, beta Tensor, eps float32)
	LayerNormGrad(dx, dgamma, dbeta, dy, x, gamma Tensor, eps float32)
}

// Attention is multi-head softmax attention inside each sentence of a ragged batch.
type Attention interface {
	// Attention is dst [Q, H], for q [Q, H] and kv [R, 2H] (keys in columns 0…H-1, values behind): per sentence and head
	// softmax(q·kᵀ/√d)·v with d = H/heads.
	Attention(dst, q, kv Tensor, a Ragged)
	AttentionGrad(dq, dkv, dy, q, kv Tensor, a Ragged)
}

// Embedding sums word (or prompt), position and type embeddings.
type Embedding interface {
	// Embed is dst[r] = word[ids[r]] + pos[posIDs[r]] + typ[0]; where ids[r] < 0 the word is prompt[-1-ids[r]].
	Embed(dst, word, pos, typ, prompt Tensor, ids, posIDs []int32)
	// EmbedGrad adds dy to the rows that Embed read, in the order of rows.
	EmbedGrad(dword, dpos, dtyp, dprompt, dy Tensor, ids, posIDs []int32)
}

// FFN is the feed-forward hidden layer with what this project does to it.
type FFN interface {
	// FFNUp is dst [R, F] = edit(gelu(x·W1ᵀ + b1)). pre, unless absent, receives x·W1ᵀ + b1. edit may be nil. The taps read dst.
	FFNUp(dst, pre, x, w1, b1 Tensor, edit *Edit, taps []*Tap)
	// FFNActGrad is du += da·gelu'(pre), and 0 where the edit overwrites the activation.
	FFNActGrad(du, da, pre Tensor, edit *Edit)
}

// Loss is softmax cross-entropy, averaged over rows, and what stands before it.
type Loss interface {
	// Join is dst[r, k] = logsumexp(x[r, off[k] … off[k+1]-1]): off ascends from 0 to x's columns.
	Join(dst, x Tensor, off []int32)
	JoinGrad(dx, x, dy Tensor, off []int32)           // dx += dy·softmax within each class
	CrossEntropy(loss, logits Tensor, labels []int32) // loss [1, 1]
	// CrossEntropyGrad is dx += dloss·(softmax(logits) - onehot)/rows.
	CrossEntropyGrad(dx, logits, dloss Tensor, labels []int32)
}

// AdamStep is one update's numbers (Kingma and Ba 2015, as PyTorch computes it, no weight decay).
type AdamStep struct {
	LR, Beta1, Beta2, Eps float64
	Step                  int     // 1-based
	GradScale             float64 // the gradient's factor from clipping
}

// Optimiser updates trained parameters.
type Optimiser interface {
	// SumSquares is Σ x² in float64, in the order of elements.
	SumSquares(x Tensor) float64
	// Adam updates p, m and v, all of one shape, from the gradient g.
	Adam(p, g, m, v Tensor, s AdamStep)
}

// Clipper is what an [Async] backend may be besides: one that clips gradients by their norm without handing it over first.
type Clipper interface {
	// ClippedAdam is Adam for each of the parameters, with the gradients' factor min(1, clip/(norm+1e-6)) where clip is above 0, norm being the root of the sum of their
	// [Optimiser] SumSquares; s.GradScale is not read. A norm that is not finite changes nothing. What is returned waits for the norm.
	ClippedAdam(params []AdamTensors, s AdamStep, clip float64) func() (norm float64, err error)
}

// AdamTensors are a parameter, its gradient, and its moments.
type AdamTensors struct{ P, G, M, V Tensor }
