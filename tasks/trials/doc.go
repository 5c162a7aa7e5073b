// Package trials runs a task through every step, over several seeds, and goes on where it was stopped: training, probing, ranking over all
// seeds, perturbation of growing shares of neurons, pruning. A task of three or four labels is split in two (-pn, -neu) on the way, as the paper
// does; its mask holds the best neurons of both.
//
//	DIR/trials.json            settings, what is done, every result
//	DIR/seed-S/data/NAME-pn    what binarize makes of the splits as seed S cuts them
//	DIR/seed-S/whole, pn, neu  tuned prompts, and what was probed under them
//	DIR/info/NAME/0.02.npy     masks of all seeds
//	DIR/seed-S/perturb, prune  scores under perturbation; the pruned model
package trials
