// Package demo runs the whole method on a small real backbone and SST-2 within minutes: tune a prompt, probe every neuron, rank, perturb, prune,
// measure, classify. It prints what it does for somebody who sees it for the first time, and leaves a page with pictures, demo.json, and every
// file that the binaries would have written in its place, so that their command lines go on from there.
//
// Everything that could be chosen after seeing a result (shares, noise, sentences, draws) is fixed beforehand in a [Plan]; comparisons are paired
// by sentence, with intervals, and what shows no difference is said to show none.
package demo
