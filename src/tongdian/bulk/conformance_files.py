"""Conformance as data and as tables: by place, by path, and which stage of which process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tongdian.bulk.conformance import CaseGroup, Conformance, ConformanceTally
from tongdian.bulk.results import replaced, write_csv, write_record
from tongdian.policy.packs import Pack
from tongdian.policy.process import Process
from tongdian.policy.process.paths import say_path, stage_titles
from tongdian.policy.process.replaying import DeviationKind

FIGURES = ("cases", "conformant", "deviant", "unjudged", "share", *(str(kind) for kind in DeviationKind))


def figures_of(one: ConformanceTally) -> list[Any]:
    """A tally in the order of FIGURES; the share is empty where nothing was judged."""
    share = "" if one.share is None else f"{one.share:f}"
    kinds = [one.kinds[kind] for kind in DeviationKind]
    return [one.cases, one.conformant, one.deviant, one.unjudged, share, *kinds]


def conformance_data(pack: Pack, found: Conformance, place: Callable[[CaseGroup], str]) -> dict[str, Any]:
    """All of it: every place, every path."""
    return {
        "pack": pack.id,
        "pack_hash": pack.content_hash,
        "returns": found.returns,
        "all": dict(zip(FIGURES, figures_of(found.whole), strict=True)),
        "places": {
            name: dict(zip(FIGURES, figures_of(one), strict=True)) for name, one in found.by(place).items()
        },
        "paths": [
            {
                "process": one.path.process,
                "ending": one.path.ending,
                "conformity": one.path.conformity,
                "steps": [
                    {"stage": step.stage, "to": step.to, "mark": step.mark or ""} for step in one.path.steps
                ],
                "deviations": [{"kind": kind, "what": about} for kind, about in one.path.deviations],
                "cases": one.total,
                "some": list(one.cases),
            }
            for one in found.paths
        ],
        "refused": [
            {"grain": one.grain, "row": one.row, "column": one.column, "value": one.value, "reason": one.reason._asdict()}
            for one in found.refused
        ],
    }  # fmt: skip


def write_conformance(
    pack: Pack,
    found: Conformance,
    place: Callable[[CaseGroup], str],
    *,
    out: Path,
    asked: dict[str, Any],
    inputs: Sequence[Path],
) -> None:
    """Write `places.csv`, `paths.csv`, `stages.csv` and `run.json` into a folder. Raises WouldOverwrite, OSError."""
    whole = found.whole
    files = {"places": "places.csv", "paths": "paths.csv", "stages": "stages.csv"}
    record = {
        "pack": pack.id,
        "pack_hash": pack.content_hash,
        **asked,
        "returns": found.returns,
        **dict(zip(FIGURES, figures_of(whole), strict=True)),
        "paths": len(found.paths),
        "refused": len({row.key for row in found.refused}),
        "read": [{"grain": one.grain, "rows": one.rows, "files": list(one.files)} for one in found.read],
        "files": files,
    }
    with replaced(out, record="run.json", inputs=inputs) as draft:
        write_csv(
            draft / files["places"],
            ["place", *FIGURES],
            ([name, *figures_of(one)] for name, one in found.by(place).items()),
        )
        write_csv(
            draft / files["paths"],
            ["process", "cases", "conformity", "ending", "path_zh", "path_en", "deviations", "some"],
            (_path_row(pack, one) for one in found.paths),
        )
        write_csv(
            draft / files["stages"],
            ["process", "kind", "what", "cases"],
            ([*what, cases] for what, cases in whole.stages.most_common()),
        )
        write_record(draft / "run.json", record)


def _path_row(pack: Pack, one: Any) -> list[Any]:
    process = pack.rules[one.path.process]
    assert isinstance(process, Process)
    said = say_path(one.path, stage_titles(process))
    deviations = " ".join(f"{kind}:{about}" for kind, about in one.path.deviations)
    return [
        one.path.process, one.total, str(one.path.conformity), one.path.ending, said.zh, said.en, deviations,
        " ".join(one.cases),
    ]  # fmt: skip
