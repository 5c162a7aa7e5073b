// Package stats holds the statistics that a report of this project needs: intervals for an accuracy, for the difference
// of two accuracies on the same sentences and for a mean over random draws, McNemar's exact test, Spearman's rank
// correlation with ties, and histograms.
//
// Intervals have a level of 95 %. All functions panic on arguments that no data can cause (slices of different length,
// no observations): those are bugs of the caller.
package stats
