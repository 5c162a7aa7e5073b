// Package rowio reads and writes the rows of data sets, one at a time, in the formats that people have them in. It knows columns and cells; what they mean
// is package dataset's.
//
// [Find] lists the splits in a directory, [Source.Read] reads one in a single pass, [Write] writes whole folders, all files or none. A source that was
// read can be written as it was, or [Source.As] another format.
//
//	tsv, csv, jsonl, json  train.csv, validation.jsonl.zst, train-00000-of-00002.json.gz: plain, .gz or .zst, in one file or in shards
//	parquet                train-00000-of-00002.parquet as the hub serves it, train.parquet, or train/0000.parquet
//	arrow                  what datasets.save_to_disk writes: a DatasetDict with dataset_dict.json, or a single Dataset with state.json
//	tweeteval              train_text.txt with train_labels.txt and, for the classes' names, mapping.txt; also .gz or .zst
//
// Files lie in the directory itself or, as the hub lays data sets out, in a single one in it. Whatever is wrong in a file is a [*FileError] with file, row
// and column; files are never trusted: what they unpack to is bounded, and the memory that a reader takes at a time is that of a batch of rows or of a page.
package rowio
