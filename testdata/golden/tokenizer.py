"""Writes the tokenizer goldens: what Hugging Face makes of 3,000 texts, pairs, cut texts and ids.

    pip install tokenizers==0.23.3 transformers zstandard
    python testdata/golden/tokenizer.py DATA ROBERTA_BASE_TOKENIZER_JSON MINI_TOKENIZER_JSON OUT

DATA is the folder with sst2, imdb, ag_news, tweet_offensive and tweet_sentiment. Into OUT (testdata/golden) go
  roberta-base-tokenizer.json.gz   that file, packed (tests have nothing else to read)
  tokenizer.jsonl.gz               one text a line: {"b": base64 of its bytes, "ids": {"base": […], "mini": […]}}
  tokenizer-more.json.gz           pairs, truncation, decoding, every code point (digests), other added-token flags
Both tokenizers also go through transformers' RobertaTokenizerFast and must say the same.
"""
import base64
import copy
import csv
import gzip
import hashlib
import json
import random
import sys
import tempfile
from array import array
from pathlib import Path

import zstandard
from tokenizers import Tokenizer
from transformers import RobertaTokenizerFast

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BLANKS = [chr(c) for c in (0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)]
NOT_QUITE_BLANKS = [chr(c) for c in (0x0, 0x1, 0x8, 0xE, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F, 0x7F, 0x80, 0x84, 0x86, 0x9F, 0xAD, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x2060, 0xFEFF)]


def real(data, rng):
    """Texts of all five kinds, as they stand in the files."""
    rows = [l.rsplit("\t", 1)[0] for f in ("train", "dev", "test") for l in list(open(data / "sst2" / f"{f}.tsv", encoding="utf-8", newline="\n"))[1:]]
    yield from rng.sample(rows, 400)
    with zstandard.open(data / "imdb" / "test.jsonl.zst", "rt", encoding="utf-8") as f:
        yield from rng.sample([json.loads(l)["text"] for l in f], 100)
    with open(data / "ag_news" / "test.csv", encoding="utf-8", newline="") as f:
        yield from rng.sample([" ".join(r[1:]) for r in csv.reader(f)], 300)
    for kind, files in (("tweet_offensive", ("train", "val", "test")), ("tweet_sentiment", ("val", "test"))):
        lines = [l.rstrip("\n") for f in files for l in open(data / kind / f"{f}_text.txt", encoding="utf-8", newline="\n")]
        # Half of them from the lines that are not plain ASCII.
        yield from rng.sample(lines, 170)
        yield from rng.sample([l for l in lines if not l.isascii()], 170)


HAND = [
    "", " ", "  ", "a", " a", "a ", "  a  ", "\n", "\r\n", "\t\ta", "a\n\n\nb", "a \n b", " \n ", "a  b   c    d",
    "👩‍👩‍👧‍👦 family", "🇩🇪🇫🇷🇯🇵", "👍🏽👍🏿 ok", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️❤", "1️⃣2️⃣#️⃣", "😀😃😄 😁", "a😀b", "🫠🫡🪿🩷",
    "e\u0301a\u0308\u0323", "Z̷͎͓̲̓̈́a̸͕͠l̵̪̂g̴o", "ñ ñ", "Å Å Å", "한글 한글", "ﬁ ﬂ ß ẞ İ ı ſ",
    "مرحبا بالعالم", "שלום עולם", "\u202babc\u202c \u200fאבג", "ٱلسَّلَامُ عَلَيْكُمْ", "میخواهم می‌خواهم",
    "我喜欢这部电影。", "これは映画です。テスト１２３", "영화가 정말 좋았어요!", "𠀀𠀁𪚥 㐀 鿿", "ภาพยนตร์เรื่องนี้ดีมาก", "នេះជាខ្សែភាពយន្ត", "यह फिल्म अच्छी है", "தமிழ் மொழி", "ქართული ენა", "Ελληνικά ΐ", "Привет, мир!", "Tiếng Việt có dấu",
    "\0", "a\0b", "\x1c\x1d\x1e\x1f", "a\x1cb \x1f c", "\x85", "a\x85b", "a\x85 b", " \x85 ", "\x7f\x80\x9f", "\ufeffbom", "soft\u00adhyphen", "zero\u200bwidth",
    "I'm you're he's we've they'll I'd can't", "I'M YOU'RE HE'S WE'VE THEY'LL I'D CAN'T", "I’m you’re he’s we’ve they’ll I’d can’t", "'s't're've'm'll'd", "''s '' 's 'S 'l 'll 'lll 'r 're 'v 've", "rock 'n' roll", "don't'd've", "'", "''", " '", "' s", "a'", "x'sy x'ty x'my", "!'s !'s", " 's", "  's", "\n's", "'ſ",
    "0123456789", "１２３ ٣٤٥ ۴۵۶ ४५६ ๓๔๕ 〇一二三", "½ ¼ ² ³ ¹ ₁ Ⅷ ⅷ ① ㊿ 𝟘𝟙𝟚 𐄇", "1,234.56 3rd 2nd 1st 10% $5 €5 £5 ¥5", "v1.2.3-rc.4+5", "a1b2c3",
    "\ue000\uf8ff", "\U000f0000\U0010fffd", "\u0378\u0379\u0380", "\U0001fbfe\U00020000\U0002ffff\U00030000\U0003ffff\U000e0001\U0010ffff", "\ufffe\uffff\ufdd0", "\ua7cb\ua7da\U0002ebf0\U000105c0\U00031350\u1c89",
    "https://example.org/a?b=c&d=e#f @user #tag user@example.org", "snake_case camelCase kebab-case SCREAMING_CASE", "<br /><br />", "<html><s>x</s></html>", "C:\\dir\\file.txt", "-- --- ---- ... …… ?!?! ((((", "___", "^_^ :-) ;) <3 </3", "\"quoted\" 'single' «guillemets» „deutsch“", "naïve café façade Zoë", "hello世界hello", "日本abc123かな",
    "madeupword0000 <|endoftext|> madeupword0001madeupword0002", "<mask", "mask>", "< mask >", "<<mask>>", "<MASK>", "<mask><mask>", "<s", "</", "<", "<unk", "<padd>", "<pad", "Ġhello Ċ", "ĠĠĠ", "Ġ",
]


def specials():
    """Each special token in every place, between blanks of every sort."""
    for tok in SPECIALS:
        yield from (tok, f" {tok}", f"{tok} ", f" {tok} ", f"  {tok}  ", f"a{tok}b", f"a {tok} b", f"a  {tok}  b", f"\n{tok}\n", f"a\t{tok}\tb", f"{tok}{tok}", f"{tok} {tok}", f"{tok}  {tok}", f"{tok}.", f".{tok}", f"It was {tok} .", f"'{tok}'s", f"x{tok}'s", f"é{tok}é", f"\u3000{tok}\u3000", f"\u200b{tok}", f"\x1c{tok}", f"\x85{tok}\x85", f"{tok[:-1]} >", f"{tok[:-1]}{tok}")
    for a in SPECIALS:
        for b in SPECIALS:
            yield f"x {a} {b}  y"
    for blank in BLANKS + NOT_QUITE_BLANKS:
        yield f"a{blank}<mask>{blank}b"
        yield f"a{blank}{blank}b{blank}1{blank}!{blank}"
        yield f"{blank} {blank}<mask> x {blank}"


def invalid():
    """Bytes that are no UTF-8: each is what it says when it stands alone and inside a text."""
    whole = ["é", "€", "😀", "\u0800", "\ud7ff", "\ue000", "\U00010000", "\U0010ffff"]
    bad = [c.encode()[:n] for c in whole for n in range(1, len(c.encode()))]
    bad += [b"\x80", b"\xbf", b"\x80\x80", b"\xbf\x80\xbf", b"\xc0\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf"]
    bad += [b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfc", b"\xfe", b"\xff", b"\xfe\xff", b"\xff\xff\xff"]
    bad += [b"\xe2\x82\xe2\x82", b"\xf0\x9f\x98\xf0\x9f", b"\xe2\x28\xa1", b"\xf0\x28\x8c\xbc", b"\xf0\x90\x28\xbc", b"\xf0\x9f\x98A", b"\xc3(", b"\xc3\xc3\xa9", b"\xe2\x82\xac\x82"]
    for b in bad:
        yield b
        yield b"good " + b + b" film"
        yield b"x" + b
        yield b + b"<mask>" + b


def mixtures(rng):
    """Random strings that change script, class and blank at every step, and random bytes."""
    bits = BLANKS + NOT_QUITE_BLANKS + SPECIALS + ["'s", "'re", "'LL", "’s", "'", "a", "B", "the", " The", "é", "ß", "1", "23", "٣", "½", "!", "...", "中", "文", "の", "ก", "ä", "\u0301", "\u200d", "😀", "👩", "🏽", "🇩", "🇪", "א", "ع", "\ue000", "\u0378", "_", "<", ">", "Ġ"]
    for _ in range(420):
        yield "".join(rng.choices(bits, k=rng.randint(1, 24)))
    scripts = [(0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x600), (0x600, 0x900), (0x900, 0xE00), (0xE00, 0x1200), (0x1F00, 0x2100), (0x2000, 0x2C00), (0x3000, 0x3400), (0x4E00, 0x5000), (0xAC00, 0xAD00), (0xA000, 0xABFF), (0xF900, 0x10000), (0x10000, 0x10800), (0x10800, 0x12000), (0x1D000, 0x1D800), (0x1F000, 0x1FB00), (0x20000, 0x33500), (0xE0000, 0xE0200)]
    for _ in range(200):
        lo, hi = rng.choice(scripts)
        yield "".join(chr(rng.randrange(lo, hi)) if rng.random() < 0.8 else rng.choice(BLANKS) for _ in range(rng.randint(1, 30)))
    while True:
        yield bytes(rng.choice((rng.randrange(256), rng.randrange(0x80, 0x100), rng.choice(b" <mask>ed\xe2\x82\xac\xf0\x9f"))) for _ in range(rng.randint(1, 40)))


def long_words():
    yield from ("a" * 700, "ab" * 500, "aaab" * 300, "good" * 200, "!" * 400, "1234567890" * 60, "中文" * 200, "é" * 300, "😀" * 150, " " * 500, "\n" * 300, "\t \t" * 100, " x" * 300, "antidisestablishmentarianism" * 12, "pneumonoultramicroscopicsilicovolcanoconiosis", "\0" * 200)


def texts(data, total=3000):
    rng = random.Random("tokenizer goldens")
    out = []
    for group in (real(data, rng), HAND, specials(), invalid(), long_words(), mixtures(rng)):
        for t in group:
            if len(out) == total:
                break
            out.append(t if isinstance(t, bytes) else t.encode())
    assert len(out) == total
    return out


def through_transformers(spec, tok, lines):
    """The same ids through RobertaTokenizerFast, from tokenizer.json and from vocab.json + merges.txt."""
    with tempfile.TemporaryDirectory() as d:
        d = Path(d)
        (d / "tokenizer.json").write_text(json.dumps(spec))
        (d / "config.json").write_text('{"model_type": "roberta"}')
        fast = RobertaTokenizerFast.from_pretrained(d)
        (d / "tokenizer.json").unlink()
        (d / "vocab.json").write_text(json.dumps(spec["model"]["vocab"]))
        merges = [m if isinstance(m, str) else " ".join(m) for m in spec["model"]["merges"]]
        (d / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
        slow = RobertaTokenizerFast.from_pretrained(d)
    for t in lines:
        want = tok.encode(t).ids
        assert fast(t)["input_ids"] == want, t
        # transformers 5 builds <mask> without lstrip from these files; 4 and roberta-base's own tokenizer.json have it.
        if "<mask>" not in t:
            assert slow(t)["input_ids"] == want, t


def pairs(toks, rng, lines):
    short = [t for t in lines if len(t) < 60]
    for i in range(240):
        a, b = rng.choice(short), rng.choice(short)
        if i % 4 == 0:
            a = " ".join("good" for _ in range(rng.randint(0, 9)))
            b = " ".join("bad" for _ in range(rng.randint(0, 9)))
        n = rng.choice((4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 20, 1000))
        yield {"a": a, "b": b, "max": n, "ids": {k: cut(t, n, a, b) for k, t in toks.items()}}


def cut(tok, n, *text):
    tok.enable_truncation(n, strategy="longest_first")
    ids = tok.encode(*text).ids
    tok.no_truncation()
    return ids


def decodes(toks, rng):
    for name, tok in toks.items():
        size = tok.get_vocab_size()
        special = [tok.token_to_id(s) for s in SPECIALS]
        for _ in range(150):
            ids = [rng.choice(special) if rng.random() < 0.15 else rng.randrange(size + 3) for _ in range(rng.randint(0, 12))]
            yield {"tok": name, "ids": ids, "keep": tok.decode(ids, skip_special_tokens=False), "skip": tok.decode(ids, skip_special_tokens=True)}


def every_code_point(tok):
    """A digest of the ids for each 4,096 code points, shown as letter's, digit's, sign's, blank's and <mask>'s neighbour."""
    for block in (*range(0x34), *range(0xE0, 0xE2), 0xF0, 0x10F):
        cps = [c for c in range(block << 12, (block + 1) << 12) if not 0xD800 <= c < 0xE000]
        text = "".join(f"a{chr(c)}1{chr(c)}!{chr(c)} {chr(c)}{chr(c)}<mask>" for c in cps)
        ids = array("i", tok.encode(text, add_special_tokens=False).ids)
        assert ids.itemsize == 4 and sys.byteorder == "little"
        yield {"block": block, "n": len(ids), "sha256": hashlib.sha256(ids.tobytes()).hexdigest()}


def variants(spec, rng, lines):
    """Mini's tokenizer.json with other settings: what must be set in it, and ids."""
    bits = ["<w>", "<w>", "<ws>", " ", "  ", "a", "1", "_", "é", ".", "\u0301", "\n", "中", "‿", "\u200d", "ⓐ", "<mask>", "<w>a", "w>", " <", "é my", "é my ét", "ém", "the", "\u00aa", "ͅ"]
    strings = ["".join(rng.choices(bits, k=rng.randint(1, 12))) for _ in range(120)] + [t for t in lines if len(t) < 50][:40]
    n = len(spec["model"]["vocab"])

    def added(**flags):
        return {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False, **flags}

    cases = [[added(id=n, content="<w>", **{flag: True}), added(id=n + 1, content="<ws>", special=True)] for flag in ("single_word", "lstrip", "rstrip", "normalized")]
    cases.append([added(id=n, content="<w>", single_word=True, lstrip=True, rstrip=True), added(id=n + 1, content="w>", normalized=True), added(id=n + 2, content="é my", rstrip=True), added(id=n + 3, content=" <", normalized=True)])
    cases.append([added(id=n, content="<w>", rstrip=True), added(id=n + 1, content="<w>a"), added(id=n + 2, content=" <", lstrip=True), added(id=n + 3, content="é my ét"), added(id=n + 4, content="ém")])
    settings = [{"added_tokens": c} for c in cases]
    settings += [{"prefix_space": True}, {"ignore_merges": True}, {"drop_bytes": "aé<"}, {"drop_bytes": "aé<", "unk": "<unk>"}, {"drop_bytes": "aé<", "unk": "<unk>", "fuse": True}, {"repeat_merges": True}]
    for s in settings:
        d = copy.deepcopy(spec)
        d["added_tokens"] += s.get("added_tokens", [])
        d["pre_tokenizer"]["add_prefix_space"] = s.get("prefix_space", False)
        m = d["model"]
        m["ignore_merges"] = s.get("ignore_merges", False)
        m["unk_token"] = s.get("unk")
        m["fuse_unk"] = s.get("fuse", False)
        gone = {chr(b) for b in s.get("drop_bytes", "").encode() if chr(b) in m["vocab"]}
        m["vocab"] = {k: v for k, v in m["vocab"].items() if k not in gone}
        if gone:
            m["merges"] = [p for p in m["merges"] if not gone & set(p)]
        if s.get("repeat_merges"):
            m["merges"] = m["merges"] + m["merges"][:200]
        tok = Tokenizer.from_str(json.dumps(d))
        assert all(tok.token_to_id(a["content"]) == a["id"] for a in d["added_tokens"])
        own = strings + (["<mask> <unk>aaé a<<é", "aaa"] if gone else [])
        ids = [tok.encode(t).ids for t in own]
        yield {**s, "gone": sorted(gone), "texts": own, "ids": ids, "decoded": [tok.decode(i, skip_special_tokens=False) for i in ids]}


def pack(path, text):
    with open(path, "wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as f:
        f.write(text)


def main():
    data, base, mini, out = map(Path, sys.argv[1:])
    specs = {"base": json.loads(base.read_text()), "mini": json.loads(mini.read_text())}
    toks = {k: Tokenizer.from_file(str(p)) for k, p in (("base", base), ("mini", mini))}
    raw = texts(data)
    lines = [b.decode("utf-8", errors="replace") for b in raw]
    for k, tok in toks.items():
        through_transformers(specs[k], tok, lines)
    rows = [{"b": base64.b64encode(b).decode(), "ids": {k: tok.encode(t).ids for k, tok in toks.items()}} for b, t in zip(raw, lines)]
    rng = random.Random("tokenizer goldens, more")
    more = {
        "pairs": list(pairs(toks, rng, lines)),
        "truncated": [{"line": i, "max": n, "ids": {k: cut(tok, n, lines[i]) for k, tok in toks.items()}} for i, n in ((rng.randrange(len(lines)), rng.choice((2, 3, 4, 5, 8, 13, 40))) for _ in range(200))],
        "decoded": list(decodes(toks, rng)),
        "code_points": list(every_code_point(toks["mini"])),
        "variants": list(variants(specs["mini"], rng, lines)),
    }
    pack(out / "roberta-base-tokenizer.json.gz", base.read_bytes())
    pack(out / "tokenizer.jsonl.gz", "".join(json.dumps(r, separators=(",", ":")) + "\n" for r in rows).encode())
    pack(out / "tokenizer-more.json.gz", json.dumps(more, separators=(",", ":")).encode())


if __name__ == "__main__":
    main()
