"""What the data's own scorer says of a run, beside what its authors measured of other systems; as a table.

Knows `eval.py`, its answers and `results.json`; knows nothing of Weft.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.rag.sets import DataSet

# What the issue that asked for this demands, on a half of the data which is not here.
BARS = {
    "scifact": 0.715, "scifact-1k": 0.825, "cranfield": 0.385, "npl": 0.52, "xquad-en": 0.970, "cmrc": 0.975,
    "drcd": 0.945, "drcd-s": 0.945, "longdoc-zh": 0.960, "longdoc-en": 0.740,
}  # fmt: skip
_MEASURE = {"retrieval": "ndcg@10", "spans": "full@budget", "ingest": "together"}
_BESIDE: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "retrieval": [
        ("BM25", ("bm25-char2", "bm25-stem")),
        ("MiniLM", ("minilm",)),
        ("RRF of both", ("rrf",)),
        ("best known recipe", ("recipe-adaptive",)),
    ],
    "spans": [
        ("fixed, BM25", ("fixed400/bm25", "fixed1000/bm25")),
        ("sentences, BM25", ("sent400/bm25", "sent1000/bm25")),
        ("headings, BM25", ("head400/bm25", "head1000/bm25")),
        ("sentences, RRF", ("sent400/rrf", "sent1000/rrf")),
    ],
}

Score = dict[str, Any]
# a set, what its scorer said, and what was noted while it was run: `chunks`, `fed_s`
Row = tuple[DataSet, Score, Mapping[str, Any]]


def score(data: Path, chosen: DataSet, run: Path) -> Score:
    out = run.with_suffix(".score.json")
    command = [sys.executable, str(scorer(data)), *chosen.scoring(), "--run", str(run), "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    print(done.stdout, end="")
    found: Score = json.loads(out.read_text())
    return found


def scorer(data: Path) -> Path:
    """`eval.py` lies beside the halves of the data."""
    for folder in (data, data.parent):
        if (folder / "eval.py").exists():
            return folder / "eval.py"
    raise SystemExit(f"There is no eval.py in {data} nor above it.")


def baselines(data: Path) -> Mapping[str, Any]:
    path = data / "results.json"
    found: Mapping[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def table(rows: Sequence[Row], known: Mapping[str, Any]) -> str:
    """As Markdown; `known` is what the data's authors measured."""
    parts = []
    for kind in ("retrieval", "spans"):
        own = [row for row in rows if row[0].kind == kind]
        if own:
            parts.append(_ranked(kind, own, known))
    parts += [_ingested(found, noted, known) for chosen, found, noted in rows if chosen.kind == "ingest"]
    return "\n\n".join(parts)


def short_of(rows: Sequence[Row]) -> list[str]:
    """What is below its bar, in words."""
    found = []
    for chosen, result, _ in rows:
        mean = result["metrics"][_MEASURE[chosen.kind]]["mean"]
        if (bar := BARS.get(chosen.name)) is not None and mean < bar:
            found.append(f"{chosen.name}: {_MEASURE[chosen.kind]} {mean:.3f} < {bar:.3f}")
        if chosen.kind == "ingest":
            for name, least in (("need", 1.0), ("together", 0.95), ("ban", 1.0)):
                if result["metrics"][name]["mean"] < least:
                    found.append(f"{chosen.name}: {name} {result['metrics'][name]['mean']:.2f} < {least:.2f}")
    return found


def _ranked(kind: str, rows: Sequence[Row], known: Mapping[str, Any]) -> str:
    measure = _MEASURE[kind]
    beside = [title for title, _ in _BESIDE[kind]]
    second = "recall@5" if kind == "retrieval" else "recall@budget"
    head = ["set", "questions", "chunks", f"**Weft** {measure}", "95 %", second, "p50 / p95 ms", "fed in s", *beside]
    lines = [head, ["---"] * len(head)]
    for chosen, found, noted in rows:
        metrics, own = found["metrics"], known.get({"retrieval": "retrieval", "spans": "spans"}[kind], {})
        systems = own.get(chosen.name, {})
        systems = systems.get("systems", systems)
        low, high = metrics[measure]["ci95"]
        took = found.get("latency_ms", {})
        lines.append([
            chosen.name, str(found["queries"]), str(noted.get("chunks", "")), f"**{metrics[measure]['mean']:.3f}**",
            f"{low:.3f} to {high:.3f}", f"{metrics[second]['mean']:.3f}",
            f"{took['p50']:.0f} / {took['p95']:.0f}" if took else "", _seconds(noted),
            *(_beside(systems, names, measure) for _, names in _BESIDE[kind]),
        ])  # fmt: skip
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _beside(systems: Mapping[str, Any], names: Sequence[str], measure: str) -> str:
    return next((f"{systems[name][measure]:.3f}" for name in names if name in systems), "")


def _ingested(found: Score, noted: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    lines = [["files to chunks", "need", "together", "ban", "files perfect"], ["---"] * 5]
    systems: dict[str, Mapping[str, Any]] = {
        f"**Weft** ({noted.get('chunks', '')} chunks, fed in {_seconds(noted) or '?'} s)": {
            name: each["mean"] for name, each in found["metrics"].items()
        },
        **known.get("ingest", {}),
    }
    for name, values in systems.items():
        lines.append([name, *(f"{values[each]:.2f}" for each in ("need", "together", "ban", "file_ok"))])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _seconds(noted: Mapping[str, Any]) -> str:
    return f"{noted['fed_s']:.0f}" if noted.get("fed_s") is not None else ""
