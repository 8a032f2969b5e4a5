"""The figures of a return as SDMX-CSV 2.0, for whoever collects statistics (ISO 17369).

    STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,TIME_PERIOD,ROW,COLUMN,OBS_VALUE,OBS_STATUS,UNIT_MEASURE,COMMENT

One line a cell that takes a number. A cell without one has no value and says why: nought is a value.
"""

from __future__ import annotations

import csv
import io

from tongdian.cells import safe
from tongdian.policy.form_lines import FormLine
from tongdian.policy.kinds.filing import number_of
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.offices import codes_of
from tongdian.supervision.rules import CellStatus

HEADINGS = (
    "STRUCTURE", "STRUCTURE_ID", "ACTION", "REF_AREA", "TIME_PERIOD", "ROW", "COLUMN", "OBS_VALUE", "OBS_STATUS",
    "UNIT_MEASURE", "COMMENT",
)  # fmt: skip
# by the code list CL_OBS_STATUS, which has no "revised": M there is what cannot exist, O what is missing
OBS_STATUS = {
    CellStatus.NORMAL: "A", CellStatus.ESTIMATED: "E", CellStatus.PROVISIONAL: "P", CellStatus.REVISED: "A",
    CellStatus.MISSING: "O", CellStatus.NOT_APPLICABLE: "M",
}  # fmt: skip


def sdmx_csv(here: ReturnStanding, version: ReturnVersion) -> str:
    """The text of the file, with its headings."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    flow = f"TONGDIAN:{here.form.pack.id}.{here.form.key}".upper().replace("-", "_") + "(1.0)"
    area, period = codes_of(here.organisation)[0], time_period(here)
    for line in here.lines:
        for column in here.form.version.columns:
            cell = here.form.rule.cell(here.form.version, line, column)
            if cell is None or number_of(cell) is None:
                continue
            kept = version.cells.get(line.key, {}).get(column, {})
            status = CellStatus(kept.get("status") or CellStatus.MISSING)
            said = [status.value == CellStatus.REVISED.value and "revised", kept.get("why", "")]
            writer.writerow(
                ["dataflow", flow, "I", area, period, line.key, column, kept.get("value", ""), OBS_STATUS[status],
                 _unit(line), safe(" ".join("; ".join(one for one in said if one).split()))]
            )  # fmt: skip
    return out.getvalue()


def time_period(here: ReturnStanding) -> str:
    """As SDMX writes it: 2021-S1 the first half, 2021 a year; what is filed once has the year of its day."""
    key = here.period.key
    if key.endswith("-H1"):
        return f"{key[:4]}-S1"
    return key if key.isdigit() else str(here.period.due.year)


def _unit(line: FormLine) -> str:
    return line.row.unit.en if line.row is not None and line.row.unit is not None else ""
