// Package bpe is RoBERTa's byte-level BPE tokenizer, with the ids of Hugging
// Face's tokenizers library (0.23).
//
// A text is cut at the added tokens (<s>, </s>, <mask>…), then by GPT-2's split
// pattern into words, and the bytes of each word are merged pair by pair in the
// order of the merges' ranks (Sennrich et al. 2016; Radford et al. 2019). The
// classing of characters is the library's own, not that of Go's Unicode tables.
// Invalid UTF-8 is replaced first, as Python's errors="replace" does.
//
// Load reads a directory in Hugging Face layout, embedded or on disk. A
// Tokenizer never changes after that and serves any number of goroutines.
package bpe
