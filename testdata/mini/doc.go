// Package mini holds the mini backbone, a real RoBERTa of 14.8 M parameters in
// Hugging Face layout (config.json, model.safetensors in float16,
// tokenizer.json), so that a program works offline right after it was built.
// README.md tells how it came to be and what to expect of it.
//
// The build tag nomini leaves the 30 MB out of the binary; FS then returns the
// directory that the environment's SKILLNEURON_MINI names, or nil.
package mini
