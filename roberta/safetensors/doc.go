// Package safetensors reads and writes Hugging Face's format for tensors, https://github.com/huggingface/safetensors: eight bytes of header
// length, a JSON header that gives each tensor's dtype, shape and place, then the tensors, row-major and little-endian.
//
// Files are checked whole when they are opened, against the format's own rules and the file's length, so that reading a tensor
// can only fail on its name, its shape or the disk. Errors name the file and the tensor. A file on disk is memory-mapped where the system
// can; one from an embed.FS or another fs.FS is read in place, piece by piece.
//
// A [File] or [Model] may be read from many goroutines at once, but not while it is closed.
package safetensors
