"""Writes the data sets in this folder and expected.json. See README.md."""

import gzip
import json
import pathlib
import shutil

import datasets as hf
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
NAMES = ["negative", "neutral", "positive"]
AWKWARD = [
    'he said "no", twice',
    '"quoted from the start',
    'ends with a quote"',
    "two\nlines",
    "Windows\r\nline end",
    "old Mac\rline end",
    "a tab\there",
    "comma, semicolon; and 'apostrophe'",
    "back\\slash \\n and / slash",
    "emoji \U0001f642 and \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "日本語 naïve Ünïcödé \u2028 separator",
    "   spaces around   ",
    "",
    "@user #hashtag http://t.co/x &amp; <b>",
    "null",
    "NA",
    "1.0",
    "\ufeffbyte order mark",
    "\x01\x1f control",
    "long " + "word " * 300,
]


def rows():
    plain = [line.split("\t")[0] for line in (HERE.parent / "sst2" / "train.tsv").read_text().splitlines()[:10]]
    texts = AWKWARD + plain
    everything = [{"text": t, "label": i % 3} for i, t in enumerate(texts)]
    return {"train": everything[:16], "validation": everything[16:23], "test": everything[23:]}


def lines(splits):
    """The rows that a format of lines can hold."""
    return {s: [r for r in rs if not set(r["text"]) & set("\t\n\r")] for s, rs in splits.items()}


def classes():
    return hf.Features({"text": hf.Value("string"), "label": hf.ClassLabel(names=NAMES)})


def named(rs):
    return [{"text": r["text"], "label": NAMES[r["label"]]} for r in rs]


def table(rs, text=pa.string(), label=pa.int64(), key="label"):
    labels = [NAMES[r["label"]] for r in rs] if key == "name" else [r["label"] for r in rs]
    return pa.table({"text": pa.array([r["text"] for r in rs]).cast(text) if not pa.types.is_dictionary(text) else pa.array([r["text"] for r in rs]).dictionary_encode().cast(text),
                     "label": pa.array(labels).dictionary_encode().cast(label) if pa.types.is_dictionary(label) else pa.array(labels).cast(label)})


def fresh(name):
    d = HERE / name
    shutil.rmtree(d, ignore_errors=True)
    d.mkdir()
    return d


def saved(splits):
    d = hf.DatasetDict({s: hf.Dataset.from_list(rs, features=classes(), split=s) for s, rs in splits.items()})
    fresh("saved")
    d.save_to_disk(str(HERE / "saved"), num_shards={"train": 3, "validation": 2, "test": 1})
    d = hf.DatasetDict({s: hf.Dataset.from_list([{"idx": i, "spans": [i, i + 1], **r} for i, r in enumerate(named(rs))]) for s, rs in splits.items()})
    fresh("saved-strings")
    d.save_to_disk(str(HERE / "saved-strings"))
    fresh("saved-single")
    hf.Dataset.from_list(splits["train"], features=classes(), split="train").save_to_disk(str(HERE / "saved-single"), num_shards=2)


def arrow(name, splits, options=None, **types):
    d = fresh(name)
    (d / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
    for s, rs in splits.items():
        (d / s).mkdir()
        (d / s / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_split": s}))
        # Two batches with dictionaries of their own: the second one replaces the first one's.
        half = len(rs) // 2
        parts = [table(rs[:half], **types), table(rs[half:], **types)]
        with pa.OSFile(str(d / s / "data-00000-of-00001.arrow"), "wb") as f:
            with pa.ipc.new_stream(f, parts[0].schema, options=options) as w:
                for p in parts:
                    w.write_table(p)


def parquet(splits):
    d = fresh("hub") / "data"
    d.mkdir()
    for s, rs in splits.items():
        ds = hf.Dataset.from_list(rs, features=classes())
        n = 2 if s == "train" else 1
        for i in range(n):
            ds.shard(n, i, contiguous=True).to_parquet(str(d / f"{s}-{i:05d}-of-{n:05d}.parquet"), batch_size=5)
    d = fresh("hub-converted")
    for s, rs in splits.items():
        (d / s).mkdir()
        hf.Dataset.from_list(rs, features=classes()).to_parquet(str(d / s / "0000.parquet"))
    for name, options in {
        "parquet-zstd": {"compression": "zstd", "data_page_version": "2.0"},
        "parquet-gzip": {"compression": "gzip", "data_page_size": 64, "write_batch_size": 2},
        "parquet-lz4": {"compression": "lz4", "row_group_size": 4},
        "parquet-plain": {"compression": "none", "use_dictionary": False},
        "parquet-delta": {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY", "label": "DELTA_BINARY_PACKED"}},
    }.items():
        d = fresh(name)
        for s, rs in splits.items():
            pq.write_table(table(rs), d / f"{s}.parquet", **options)
    d = fresh("parquet-types")
    for s, rs in splits.items():
        labels = [r["label"] for r in rs]
        columns = {"text": pa.array([r["text"] for r in rs], pa.large_string()), "category": pa.array([NAMES[i] for i in labels]).dictionary_encode()}
        for t in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"):
            columns[t] = pa.array(labels).cast(t)
        columns["bool"] = pa.array([i == 2 for i in labels])
        columns["list"] = pa.array([[i] for i in labels])
        columns["time"] = pa.array(labels, pa.timestamp("us"))
        pq.write_table(pa.table(columns), d / f"{s}.parquet")
        # The same columns as Arrow, with a string_view.
        columns["view"] = columns["text"].cast(pa.string_view())
        columns["float16"] = pa.array(labels).cast("float16")
        (d / "arrow" / s).mkdir(parents=True)
        (d / "arrow" / s / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data.arrow"}], "_split": s}))
        t = pa.table(columns)
        with pa.OSFile(str(d / "arrow" / s / "data.arrow"), "wb") as f, pa.ipc.new_stream(f, t.schema) as w:
            w.write_table(t)
    (HERE / "parquet-types" / "arrow").rename(fresh("arrow-types") / "default")


def text(splits):
    d, crlf, bare, bom, jl, js = (fresh(n) for n in ("csv", "csv-crlf", "csv-bare", "csv-bom", "jsonl", "json"))
    for s, rs in splits.items():
        ds = hf.Dataset.from_list(rs, features=classes())
        ds.to_csv(str(d / f"{s}.csv"))
        ds.to_csv(str(crlf / f"{s}.csv"), lineterminator="\r\n")
        ds.to_csv(str(bare / f"{s}.csv"), header=False)
        (bom / f"{s}.csv").write_bytes(b"\xef\xbb\xbf" + (d / f"{s}.csv").read_bytes())
        ds.to_json(str(jl / f"{s}.jsonl"))
        ds.to_json(str(js / f"{s}.json"), lines=False)
    packed = fresh("packed")
    for s, rs in splits.items():
        (packed / f"{s}.jsonl.gz").write_bytes(gzip.compress((jl / f"{s}.jsonl").read_bytes(), mtime=0))


def tweeteval(splits):
    d = fresh("tweeteval")
    (d / "mapping.txt").write_text("".join(f"{i}\t{n}\n" for i, n in enumerate(NAMES)))
    for s, rs in splits.items():
        s = "val" if s == "validation" else s
        (d / f"{s}_text.txt").write_text("".join(r["text"] + "\n" for r in rs), newline="")
        (d / f"{s}_labels.txt").write_text("".join(f"{r['label']}\n" for r in rs))
    d = fresh("tsv")
    for s, rs in splits.items():
        (d / f"{s}.tsv").write_text("".join(f"{r['text']}\t{r['label']}\n" for r in rs), newline="")


def nulls(splits):
    d = fresh("nulls")
    features = hf.Features({"text": hf.Value("string"), "label": hf.ClassLabel(names=NAMES)})
    for column in ("text", "label"):
        rs = [dict(r) for r in splits["train"]]
        rs[3][column] = None
        ds = hf.Dataset.from_list(rs, features=features)
        for kind in ("parquet", "arrow"):
            (d / f"{column}-{kind}").mkdir()
        ds.to_parquet(str(d / f"{column}-parquet" / "train.parquet"))
        ds.save_to_disk(str(d / f"{column}-arrow"))


def main():
    splits = rows()
    saved(splits)
    arrow("saved-dictionary", splits, text=pa.large_string(), label=pa.dictionary(pa.int8(), pa.string()), key="name")
    arrow("saved-dictionary-text", splits, text=pa.dictionary(pa.uint16(), pa.large_string()), label=pa.uint8())
    arrow("saved-lz4", splits, pa.ipc.IpcWriteOptions(compression="lz4"))
    arrow("saved-zstd", splits, pa.ipc.IpcWriteOptions(compression="zstd"))
    parquet(splits)
    text(splits)
    tweeteval(lines(splits))
    nulls(splits)
    expected = {"names": NAMES, "all": splits, "lines": lines(splits)}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    hf.disable_progress_bars()
    main()
