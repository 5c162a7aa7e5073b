// Package dataset turns files into labelled examples: the catalogue of tasks and the task files that
// describe others, the labels, the one rule by which splits are made, digests, verbalizers, scores and the seeded random
// streams that every step shares. Package rowio reads and writes the files.
//
// A data set is a directory with one file for each split, named train, dev (or val, valid, validation) and test:
//
//	train.tsv   sentence<TAB>label, no quoting: a quotation mark is part of the text
//	train.csv   quoting as in RFC 4180, cells may hold line ends
//	train.jsonl one object a line; train.json is that, or one array of objects
//
// and any of them followed by .gz or .zst; or a folder of datasets.save_to_disk, Parquet files, or TweetEval's (see package
// rowio). Where the files' metadata name the classes of integers, as ClassLabel does, the names are used. A first row that names the task's columns is a header. Without a header the
// columns are positional: the text columns first, then the label. Blank lines are skipped, a byte order mark is dropped,
// lines may end in CRLF, and bytes that are not UTF-8 are kept (the tokenizer replaces them).
//
// Which rows train, choose and test is decided by the labelled splits found, whatever the task, and by the seed alone:
// three are used as they are; with two, the training split is cut 80/20 into train and dev and the other is the test
// split (without a training split the validation split is cut); a single one is cut 80/10/10. A split whose labels are
// all -1, as in GLUE's public test files, does not count.
//
// Errors that come from a wrong call are a [*UsageError]; errors in the data are a [*FileError] with file, row and column.
package dataset
