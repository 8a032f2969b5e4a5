"""The evidence of an inspection as one file: its records, the papers of its cases, and what proves that nothing was
chosen or changed.

    manifest.sha256   one line a file, as `sha256sum -c` reads it
    index.pdf, index.csv   what was drawn and found, for people
    draw.json         seed, root, population and ranks: who has the cases draws the same
    checkpoint-<size>.txt  the signed checkpoint that the seed is from
    cases/<number>/…  the papers handed in, and the files made on site

Identity documents stay where they are: an inspection looks at them on site, and a digest tells which was there
(个人信息保护法 6, 28).
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from tongdian.audit_log.models import Checkpoint
from tongdian.bounded import bounded
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.cases import queries as cases
from tongdian.cases.models import Case
from tongdian.cells import safe
from tongdian.connections.printing import hotlines
from tongdian.documents import ReturnColumnOnPaper, ReturnPaper, render
from tongdian.documents.printing import Language
from tongdian.files.models import StoredFile
from tongdian.files.queries import FileChanged, FileMissing, NoSuchFile, open_file
from tongdian.policy.kinds.checklist import shows_identity
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import both
from tongdian.supervision.models import CaseDraw, Inspection, SiteFile
from tongdian.supervision.queries.inspections import DrawnStanding, draws_of
from tongdian.supervision.refusing import EvidenceTooLarge, NothingToExport
from tongdian.supervision.rules import SiteOutcome, Stratum

MOST_MB = 300
IN_MEMORY = 16_000_000  # bytes; a larger one lies on disk while it is sent
HEADS = (
    Words("抽取", "Draw"),
    Words("序号", "No."),
    Words("业务编号", "Case"),
    Words("分层", "Stratum"),
    Words("现场日期", "On site"),
    Words("检查人", "By"),
    Words("结果", "Outcome"),
    Words("原件（已看/应有）", "Originals (seen/asked)"),
    Words("不一致之处", "What differs"),
    Words("影像", "Files"),
)
NO_RECORD = Words("未记录", "no record")
STAYS = "留在原处：含身份证件 stays where it is: an identity document"
GONE = "文件已不在或已被改动 the file is gone or was changed"


def evidence_archive(inspection: Inspection, *, language: Language = "zh") -> IO[bytes]:
    """A zip of everything that an inspection rests on, to be read from its beginning.

    Raises NothingToExport, EvidenceTooLarge.
    """
    draws = draws_of(inspection)
    if not draws:
        raise NothingToExport
    _must_fit(draws)
    made: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  it goes on to who sends it
    try:
        _write(made, inspection, draws, language)
    except BaseException:
        made.close()
        raise
    made.seek(0)
    return made


def _write(
    made: IO[bytes],
    inspection: Inspection,
    draws: list[tuple[CaseDraw, list[DrawnStanding]]],
    language: Language,
) -> None:
    # every day in it is that of the newest draw, so that the same evidence is the same file
    stamp = draws[-1][0].at.astimezone(SHANGHAI).timetuple()[:6]
    digests: dict[str, str] = {}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in _parts(inspection, draws, language):
            archive.writestr(zipfile.ZipInfo(path, stamp), content)
            digests[path] = hashlib.sha256(content).hexdigest()
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))
        archive.writestr(zipfile.ZipInfo("manifest.sha256", stamp), lines)


def _parts(
    inspection: Inspection, draws: list[tuple[CaseDraw, list[DrawnStanding]]], language: Language
) -> Iterator[tuple[str, bytes]]:
    rows = [_row(draw, one, language) for draw, several in draws for one in several]
    yield "index.csv", _csv([[head.say(language) for head in HEADS], *rows])
    yield "index.pdf", bounded(render, _index(inspection, draws, rows, language), language=language)
    yield "draw.json", _json([_draw_out(draw, several) for draw, several in draws])
    sizes = {draw.checkpoint for draw, _ in draws}
    for checkpoint in Checkpoint.objects.filter(size__in=sizes).order_by("size"):
        yield f"checkpoint-{checkpoint.size}.txt", checkpoint.note.encode()
    known = {one.drawn.case_id: one.drawn.case for _, several in draws for one in several}
    for case in known.values():
        yield from _papers(case)
    for draw, several in draws:
        for one in several:
            for record in one.drawn.records.select_related("by").prefetch_related("files").order_by("number"):
                name = f"cases/{one.drawn.case.number}/site-{draw.number}-{record.number}"
                yield f"{name}.json", _json(_record_out(record))
                for number, kept in enumerate(record.files.order_by("id"), 1):
                    yield from _file(f"{name}-{number}", kept.file)


def _papers(case: Case) -> Iterator[tuple[str, bytes]]:
    """The papers handed in, those set aside too: what became of them stands in papers.json."""
    pack = rulebook.pack_at(case.pack, case.revision)
    of_a_firm = case.customer is not None and case.customer.kind == "firm"
    told = []
    for number, paper in enumerate(cases.papers_of(case), 1):
        said = {"item": paper.item, "title": paper.title, "kind": paper.kind, "at": paper.at.isoformat(),
                "by": paper.by, "reason": paper.reason, "sha256": paper.file}  # fmt: skip
        if paper.file and shows_identity(pack, paper.item, of_a_firm=of_a_firm):
            said["left_out"] = STAYS
        elif paper.file:
            found = list(_file(f"cases/{case.number}/paper-{number:02d}", paper.file))
            said["file"] = found[0][0] if found else ""
            if not found:
                said["left_out"] = GONE
            yield from found
        told.append(said)
    yield f"cases/{case.number}/papers.json", _json(told)


def _file(name: str, hash_: str) -> Iterator[tuple[str, bytes]]:
    try:
        stored, content = open_file(hash_)
    except (NoSuchFile, FileMissing, FileChanged):
        return
    yield f"{name}{stored.suffix}", content


def _must_fit(draws: list[tuple[CaseDraw, list[DrawnStanding]]]) -> None:
    drawn = [one.drawn for _, several in draws for one in several]
    hashes = {paper.file for one in drawn for paper in cases.papers_of(one.case) if paper.file}
    hashes |= set(SiteFile.objects.filter(record__drawn__in=drawn).values_list("file", flat=True))
    if sum(StoredFile.objects.filter(hash__in=hashes).values_list("size", flat=True)) > MOST_MB * 1_000_000:
        raise EvidenceTooLarge(most=MOST_MB)


def _row(draw: CaseDraw, one: DrawnStanding, language: Language) -> list[str]:
    record, drawn = one.record, one.drawn
    start = [
        str(draw.number),
        str(drawn.position),
        drawn.case.number,
        both(Stratum(drawn.stratum).label).say(language),
    ]
    if record is None:
        return [*start, "", "", NO_RECORD.say(language), "", "", ""]
    seen = sum(bool(paper["seen"]) for paper in record.papers)
    return [
        *start, record.on.isoformat(), record.by.shown_name if record.by else "",
        both(SiteOutcome(record.outcome).label).say(language), f"{seen}/{len(record.papers)}", record.differs,
        str(len(record.files.all())),
    ]  # fmt: skip


def _index(
    inspection: Inspection,
    draws: list[tuple[CaseDraw, list[DrawnStanding]]],
    rows: list[list[str]],
    language: Language,
) -> ReturnPaper:
    title = Words(
        f"{inspection.supplier.name}现场检查记录", f"On-site records of {inspection.supplier.name_en or inspection.supplier.name}"
    )  # fmt: skip
    region = inspection.region
    period = f"{inspection.first_on} — {inspection.last_on}"
    by = dict.fromkeys(row[5] for row in rows if row[5])
    visited = [row[4] for row in rows if row[4]]  # the days on site, not those of the cases
    return ReturnPaper(
        number=f"{inspection.organisation.short}/{inspection.number}",
        issuer=inspection.organisation.name,
        issued_on=legal_day(draws[-1][0].at),
        hotlines=hotlines(inspection.supplier),
        is_demo=inspection.is_demo,
        title=title.zh,
        title_en=title.en,
        period=f"{region.name}，{period}",
        period_en=f"{region.name_en or region.name}, {period}",
        filer="、".join(by),
        inspected=inspection.supplier.name,
        days=" — ".join(dict.fromkeys((min(visited), max(visited)))) if visited else "",
        reviewer="",
        filed_on=legal_day(draws[-1][0].at),
        content=HEADS[2].say(language),
        groups=(),
        columns=tuple(
            ReturnColumnOnPaper(title=HEADS[at].say(language), width=3 if at == 8 else 1)
            for at in (3, 4, 5, 6, 7, 8, 9)
        ),
        rows=tuple((row[2], *(row[at] for at in (3, 4, 5, 6, 7, 8, 9))) for row in rows),
        notes=tuple(f"{draw.number}）root {draw.root}" for draw, _ in draws),
        check=draws[-1][0].hash,
    )


def _draw_out(draw: CaseDraw, several: list[DrawnStanding]) -> dict[str, Any]:
    return {
        "number": draw.number,
        "at": draw.at.isoformat(),
        "by": draw.by.actor if draw.by else "",
        "checkpoint_size": draw.checkpoint,
        "root": draw.root,
        "seed": draw.seed,
        "seed_is": "sha256 of: tongdian draw, root, office, supplier, number, a line each",
        "rank_is": "sha256 of: seed, case, a line each; the lowest come first",
        "office": draw.organisation.short,
        "supplier": draw.inspection.supplier.short,
        "size": draw.size,
        "wanted": draw.wanted,
        "population": draw.population,
        "population_sha256": draw.hash,
        "reason": draw.reason,
        "cases": [
            {"position": one.drawn.position, "case": one.drawn.case.number, "stratum": one.drawn.stratum,
             "rank": one.drawn.rank}
            for one in several
        ],
    }  # fmt: skip


def _record_out(record: Any) -> dict[str, Any]:
    return {
        "number": record.number,
        "on": record.on.isoformat(),
        "at": record.at.isoformat(),
        "by": record.by.actor if record.by else "",
        "outcome": record.outcome,
        "papers": record.papers,
        "differs": record.differs,
        "note": record.note,
        "files": [{"sha256": one.file, "name": one.name} for one in record.files.order_by("id")],
    }


def _csv(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    written.write("\ufeff")  # so that Excel reads it as UTF-8
    csv.writer(written).writerows([safe(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def _json(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def archive_name(inspection: Inspection, on: dt.date) -> str:
    """What the file is called."""
    return f"{inspection.organisation.short}-{inspection.number}-{inspection.supplier.short}-{on}.zip"
