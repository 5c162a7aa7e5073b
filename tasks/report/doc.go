// Package report draws a run's results as PNG pictures and writes them, with tables and sentence cards, into a page that opens offline.
//
// Input is plain data: each picture is a struct ([ActivationHistogram], [PredictivityHistogram], [PerturbationCurve], [LayerPredictivity],
// [PruneScores], [TrainingCurve]) that a step fills and [WritePNG] draws, or that a [Figure] puts on a [Page]. Shares and scores are fractions, 0.5
// for 50 %; layers and units count from 0, as in the array files. Data that cannot be drawn (NaN, no rows) is an error that names the value.
package report
