"""The table, for people and as JSON."""

import json
import os


def seconds(x):
    if x is None:
        return "–"
    return f"{x:.2f} s" if x >= 1 else f"{1000 * x:.1f} ms"


def cells(entry):
    ratio, target = entry["ratio"], entry["target"]
    met = {True: "yes", False: "no", None: "–"}[entry["met"]]
    note = entry.get("note", "")
    if entry.get("ours") and entry["ours"]["undisturbed"] == 0:
        note = "; ".join(filter(None, [note, "other programs were running"]))
        if entry.get("processor_ratio"):
            note += f"; by processor time {entry['processor_ratio']:.2f}×"
    return [entry["work"], entry["peer"], seconds(entry["peer_s"]), seconds(entry["ours_s"]), "–" if ratio is None else f"{ratio:.2f}×",
            "–" if target is None else f"≥ {target:.2f}×", met, note]


HEAD = ["work", "peer", "peer's time", "ours", "peer / ours", "target", "met", "note"]


def markdown(results):
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    return "\n".join(lines + ["| " + " | ".join(cells(e)) + " |" for e in results])


def line(entry):
    work, peer, peer_s, ours_s, ratio, target, met, note = cells(entry)
    return f"{work}: {peer} {peer_s}, ours {ours_s}, {ratio} (target {target}, met: {met}) {note}".rstrip()


def write(path, document):
    """Whole or not at all."""
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, ensure_ascii=False)
        file.write("\n")
    os.replace(temporary, path)
