// Package torchfile reads and writes what PyTorch's torch.save writes: a pickled value whose tensors lie beside it, in a zip archive (since
// PyTorch 1.6) or one behind the other (the format before).
//
// Nothing in a file is ever executed. A pickle is a program for a small machine; this one knows the opcodes that data need and a closed list of
// names ([Globals]), each of which builds plain data. An opcode or a name that is not on the list is an error that says which. A file that lies about
// sizes costs no more memory than it has bytes, and nesting is bounded.
//
// Values are nil, bool, int64, *big.Int, float64, complex128, string, []byte, *[List], [Tuple], *[Dict], *[Tensor] and [DType].
package torchfile
