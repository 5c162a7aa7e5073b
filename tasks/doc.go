// Package tasks is the skill-neuron pipeline (Wang, Wen et al., EMNLP 2022): train a prompt (or biases, or adapters), probe every
// neuron's predictivity, rank neurons, perturb them, prune the rest, measure. Each step is a Config and a function
// that takes it; the binaries below cmd do nothing but fill the Config from flags.
//
// Steps read and write the files of the original, in formats that NumPy and safetensors read: see DESIGN contract 3 in ARCHITECTURE.md.
// A [Classifier] is the way to use a tuned or pruned model from Go.
package tasks
