package engine

// Value is a tensor in a computation, with its gradient. Needs says whether anyone wants the gradient: a trained parameter, or whatever
// was computed from one.
type Value struct {
	T     Tensor
	G     Tensor // same shape, zeroed before the backward pass; absent unless Needs
	Needs bool
}

// Node is one application of an op. Backward adds to In[i].G for each input that Needs.
type Node struct {
	Op    *Op
	In    [6]*Value // unused and absent inputs are nil
	Out   *Value
	Attr  Attr
	Saved Tensor // what forward keeps for backward, of Op.Saves' shape; absent where nothing is recorded
}

// Attr holds the arguments of ops that are not tensors. An op reads only its own.
type Attr struct {
	Eps    float32 // layer_norm
	Ragged Ragged  // attention
	Drop   Dropout // dropout
	Rows   []int32 // gather
	IDs    []int32 // embed: word ids, or -1-k for prompt row k
	PosIDs []int32 // embed
	Labels []int32 // cross_entropy
	Off    []int32 // join: first column of each class, and the number of columns
	Edit   *Edit   // ffn_up
	Taps   []*Tap  // ffn_up
}

// Op is a row of the op table: one differentiable operation.
type Op struct {
	Name    string
	Formula string
	Inputs  []string
	// Shape gives the output's extent.
	Shape func(n *Node) (rows, cols int)
	// Saves gives the extent of Node.Saved for ops that keep more than their inputs and output; nil: nothing.
	Saves func(n *Node) (rows, cols int)
	// Forward writes Out.T.
	Forward func(be Backend, n *Node)
	// Backward adds to In[i].G from Out.G. Scratch comes from a.
	Backward func(be Backend, a *Arena, n *Node)
	// Reference is the forward formula in float64, the oracle of every backend and, by central differences, of every gradient.
	Reference func(in []*Mat, attr *Attr) *Mat
}

// Ops is the op table.
var Ops = []*Op{
	Embed, LayerNorm, Linear, FFNUp, GELU, ReLU, Add, Dropped, SelfAttention, Gather, Join, CrossEntropy,
}

// Mat is a float64 matrix of the references, row-major.
type Mat struct {
	Rows, Cols int
	V          []float64
}

// NewMat returns a zero matrix.
func NewMat(rows, cols int) *Mat { return &Mat{rows, cols, make([]float64, rows*cols)} }

// Row is row r.
func (m *Mat) Row(r int) []float64 { return m.V[r*m.Cols : (r+1)*m.Cols] }

// grad is v's gradient where wanted, else absent.
func grad(v *Value) Tensor {
	if v == nil || !v.Needs {
		return Tensor{}
	}
	return v.G
}

// tensor is v's tensor, or absent.
func tensor(v *Value) Tensor {
	if v == nil {
		return Tensor{}
	}
	return v.T
}

// like is the shape of the first input.
func like(n *Node) (rows, cols int) { return n.In[0].T.Rows, n.In[0].T.Cols }

// each applies f to every element.
func each(x *Mat, f func(i int, x float64) float64) *Mat {
	y := NewMat(x.Rows, x.Cols)
	for i, v := range x.V {
		y.V[i] = f(i, v)
	}
	return y
}
