// Package roberta is RoBERTa for masked language modelling (Liu et al. 2019) on an [engine.Backend]: Hugging Face's configuration, tokenizer
// and weights, ragged batches without padding, and the tuned parts that this project works with: soft prompts, biases
// (BitFit), adapters, and feed-forward blocks pruned to a few neurons.
//
// One forward serves everything: a [Run] says which rows of the last layer and which logits anyone will read, which activations
// are tapped and which are edited. A [Model] is read-only once loaded and may be used from many goroutines, each with a
// [Session] of its own.
package roberta
