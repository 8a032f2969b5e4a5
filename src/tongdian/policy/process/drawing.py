"""A process as a picture: SVG that a screen reader can read and a strict page may show.

No script, no style element, no inline style: colours are plain attributes, and every part has a
class that a page's own style sheet may override. `down` reads well on a phone, `across` on a desk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape  # XML reads the same; its own module imports half the network
from typing import Literal

from tongdian.policy.process.conditions import say_condition
from tongdian.policy.process.layout import Place, lay_out
from tongdian.policy.process.model import ProcessVersion
from tongdian.policy.process.readings import AT_LEAST, ClockResult, Limit
from tongdian.policy.process.state import CaseState, StageStatus
from tongdian.policy.words import Words

Direction = Literal["across", "down"]

BOX_WIDTH = 160
LINE_HEIGHT, NOTE_HEIGHT = 17, 18
MOST_LINES = 3
TITLE_SIZE, SMALL_SIZE = 14, 11.5
GAP_ALONG, GAP_ACROSS = 44, 24
MARGIN = 12
RETURN_DEPTH = 26
LATIN_WIDTH = 0.6  # of a Chinese character, in bold

STATUS = {
    StageStatus.WAITING: Words("未到", "not yet"),
    StageStatus.OPEN: Words("办理中", "open"),
    StageStatus.DONE: Words("已办", "done"),
    StageStatus.SKIPPED: Words("不需办理", "not needed"),
}
MARK = {StageStatus.OPEN: "● ", StageStatus.DONE: "✓ ", StageStatus.SKIPPED: "– "}
LATE = Words("逾期", "late")
# fill, stroke
COLOURS = {
    "": ("#f8fafc", "#94a3b8"),
    "waiting": ("#f8fafc", "#94a3b8"),
    "open": ("#dbeafe", "#2563eb"),
    "done": ("#dcfce7", "#15803d"),
    "skipped": ("#ffffff", "#cbd5e1"),
    "late": ("#fee2e2", "#b91c1c"),
}
INK, QUIET = "#0f172a", "#475569"


@dataclass(frozen=True, slots=True)
class _Box:
    """A stage on the canvas, by its top left corner."""

    key: str
    x: float
    y: float
    height: float

    @property
    def middle(self) -> Place:
        return self.x + BOX_WIDTH / 2, self.y + self.height / 2


def draw(
    wording: ProcessVersion,
    *,
    title: Words,
    language: str,
    state: CaseState | None = None,
    readings: Mapping[str, ClockResult] | None = None,
    limits: Mapping[str, Limit] | None = None,
    direction: Direction = "across",
    name: str = "process",
) -> str:
    """The stages with who acts and how long they may take; with a case, where it stands.

    `readings` (from `Clocks.stage`) puts the time used under each stage; `limits` (from
    `Process.limits`) has the limits that rules answer. `name` makes the ids unique when a page
    shows several pictures.
    """
    return _Picture(wording, title, language, state, readings or {}, limits or {}, direction).svg(name)


class _Picture:
    def __init__(
        self,
        wording: ProcessVersion,
        title: Words,
        language: str,
        state: CaseState | None,
        readings: Mapping[str, ClockResult],
        limits: Mapping[str, Limit],
        direction: Direction,
    ) -> None:
        self.wording, self.title, self.language = wording, title, language
        self.state, self.readings, self.limits = state, readings, limits
        self.is_across = direction == "across"
        self.layout = lay_out(wording.graph.order, wording.graph.after)
        self.titles = {key: self._title(key) for key in wording.stages}
        most = max(2, *map(len, self.titles.values()))
        self.foot = 36 + most * LINE_HEIGHT
        self.height = self.foot + (NOTE_HEIGHT if readings else 0)
        along = self.layout.layers, (BOX_WIDTH if self.is_across else self.height)
        across = self.layout.widest, (self.height if self.is_across else BOX_WIDTH)
        self.step_along, self.step_across = along[1] + GAP_ALONG, across[1] + GAP_ACROSS
        self.length = along[0] * self.step_along - GAP_ALONG + 2 * MARGIN
        self.returns = [(key, to) for key, stage in wording.stages.items() for to in stage.back]
        room = RETURN_DEPTH if self.returns else 0
        self.breadth = across[0] * self.step_across - GAP_ACROSS + 2 * MARGIN + room
        self.boxes = {
            key: _Box(key, *self._corner(at), self.height) for key, at in self.layout.places.items()
        }

    def svg(self, name: str) -> str:
        width, height = (self.length, self.breadth) if self.is_across else (self.breadth, self.length)
        arrow = f"{name}-arrow"
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="process" role="img" '
            f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
            f'aria-labelledby="{name}-title {name}-desc" lang="{self.language}" '
            f'font-family="system-ui, sans-serif">',
            f'<title id="{name}-title">{escape(self.title.say(self.language))}</title>',
            f'<desc id="{name}-desc">{escape(self._description())}</desc>',
            f'<defs><marker id="{arrow}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            f'markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" '
            f'fill="{QUIET}"/></marker></defs>',
            *(self._line(pair, path, arrow) for pair, path in self.layout.lines.items()),
            *(self._return(key, to, arrow) for key, to in self.returns),
            *(self._stage(box) for box in self.boxes.values()),
            "</svg>",
        ]
        return "\n".join(parts)

    # --- where things stand ---
    def _corner(self, place: Place) -> Place:
        layer, lane = place
        along = MARGIN + layer * self.step_along
        across = MARGIN + (lane + (self.layout.widest - 1) / 2) * self.step_across
        return (along, across) if self.is_across else (across, along)

    def _through(self, place: Place) -> tuple[Place, Place]:
        """Where a bent line enters and leaves the free lane it keeps in a layer."""
        x, y = self._corner(place)
        if self.is_across:
            return (x, y + self.height / 2), (x + BOX_WIDTH, y + self.height / 2)
        return (x + BOX_WIDTH / 2, y), (x + BOX_WIDTH / 2, y + self.height)

    def _line(self, pair: tuple[str, str], path: tuple[Place, ...], arrow: str) -> str:
        points = [point for place in path for point in self._through(place)][1:-1]
        drawn = f"M{points[0][0]:g} {points[0][1]:g}"
        for at in range(1, len(points)):
            (x0, y0), (x1, y1) = points[at - 1], points[at]
            if at % 2 == 0:
                drawn += f" L{x1:g} {y1:g}"
            elif self.is_across:
                drawn += f" C{(x0 + x1) / 2:g} {y0:g} {(x0 + x1) / 2:g} {y1:g} {x1:g} {y1:g}"
            else:
                drawn += f" C{x0:g} {(y0 + y1) / 2:g} {x1:g} {(y0 + y1) / 2:g} {x1:g} {y1:g}"
        dashed = ' stroke-dasharray="5 4"' if self.wording.stages[pair[1]].when else ""
        return (
            f'<path class="process-line" d="{drawn}" fill="none" stroke="{QUIET}" '
            f'stroke-width="1.5"{dashed} marker-end="url(#{arrow})"/>'
        )

    def _return(self, key: str, to: str, arrow: str) -> str:
        (x0, y0), (x1, y1) = self.boxes[key].middle, self.boxes[to].middle
        if self.is_across:
            foot = self.breadth - MARGIN
            y0, y1 = y0 + self.height / 2, y1 + self.height / 2
            drawn = f"M{x0 - 10:g} {y0:g} V{foot:g} H{x1 + 10:g} V{y1:g}"
        else:
            side = self.breadth - MARGIN
            x0, x1 = x0 + BOX_WIDTH / 2, x1 + BOX_WIDTH / 2
            drawn = f"M{x0:g} {y0 - 10:g} H{side:g} V{y1 + 10:g} H{x1:g}"
        return (
            f'<path class="process-return" d="{drawn}" fill="none" stroke="#b45309" '
            f'stroke-width="1.25" stroke-dasharray="2 3" marker-end="url(#{arrow})"/>'
        )

    # --- a stage ---
    def _stage(self, box: _Box) -> str:
        looks = self._looks(box.key)
        fill, stroke = COLOURS[looks]
        weight = 2.5 if looks in ("open", "late") else 1.5
        dashed = ' stroke-dasharray="5 4"' if looks == "skipped" else ""
        lines = self.titles[box.key]
        x = box.middle[0]
        # few lines stand in the middle of the room for many
        y = box.y + 4 + (self.foot - 20 - len(lines) * LINE_HEIGHT) / 2 + LINE_HEIGHT * 0.75
        texts = [
            self._text(x, y + LINE_HEIGHT * number, line, TITLE_SIZE, INK, bold=True)
            for number, line in enumerate(lines)
        ]
        texts.append(self._text(x, box.y + self.foot - 11, self._who(box.key), SMALL_SIZE, QUIET))
        note = self._note(box.key)
        if note:
            texts.append(self._text(x, box.y + self.height - 10, note, SMALL_SIZE, stroke, bold=True))
        return (
            f'<g class="process-stage is-{looks or "plain"}" data-stage="{escape(box.key)}">'
            f"<title>{escape(self._sentence(box.key))}</title>"
            f'<rect x="{box.x:g}" y="{box.y:g}" width="{BOX_WIDTH}" height="{self.height}" rx="8" '
            f'fill="{fill}" stroke="{stroke}" stroke-width="{weight}"{dashed}/>'
            f"{''.join(texts)}</g>"
        )

    def _title(self, key: str) -> list[str]:
        status = self._status(key)
        mark = MARK.get(status, "") if status else ""
        room = (BOX_WIDTH - 12) / TITLE_SIZE
        lines = wrap(mark + self.wording.stages[key].title.say(self.language), room)
        if len(lines) <= MOST_LINES:
            return lines
        return [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][:-1] + "…"]

    def _text(self, x: float, y: float, text: str, size: float, ink: str, *, bold: bool = False) -> str:
        weight = ' font-weight="600"' if bold else ""
        squeeze = ""
        if width_of(text) * size > BOX_WIDTH - 10:
            squeeze = f' textLength="{BOX_WIDTH - 10}" lengthAdjust="spacingAndGlyphs"'
        return (
            f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="{size:g}" '
            f'fill="{ink}"{weight}{squeeze}>{escape(text)}</text>'
        )

    def _status(self, key: str) -> StageStatus | None:
        return self.state.runs[key].status if self.state is not None else None

    def _looks(self, key: str) -> str:
        status = self._status(key)
        if status is None:
            return ""
        reading = self.readings.get(key)
        is_late = reading is not None and reading.is_late
        return "late" if is_late and status is StageStatus.OPEN else status.value

    def _who(self, key: str) -> str:
        role = self.wording.all_roles[self.wording.stages[key].role].title.say(self.language)
        limit = self._limit(key)
        return f"{role} · {limit}" if limit else role

    def _limit(self, key: str) -> str:
        stage, reading = self.wording.stages[key], self.readings.get(key)
        limit = self.limits.get(key) or (reading.limit if reading else None)
        days = limit.days if limit else stage.working_days or stage.calendar_days
        if days is None:
            return ""
        in_working_days = limit.in_working_days if limit else stage.working_days is not None
        return _in_days(str(days), in_working_days=in_working_days).say(self.language)

    def _note(self, key: str) -> str:
        """The time used under a stage that was worked on: 2/3 个工作日 · 至 2021-03-05."""
        reading = self.readings.get(key)
        if reading is None or self._status(key) in (None, StageStatus.WAITING, StageStatus.SKIPPED):
            return ""
        of = f"/{reading.limit.days}" if reading.limit else ""
        used = _in_days(f"{reading.used}{of}", in_working_days=reading.in_working_days)
        if reading.at_least:
            used = AT_LEAST.fill(days=used)
        note = used.say(self.language)
        if self._looks(key) == "late":
            return f"{note} · {LATE.say(self.language)}"
        if self._status(key) is StageStatus.OPEN and reading.due_on is not None:
            until = Words("至", "by").say(self.language)
            return f"{note} · {until} {_short(reading.due_on)}"
        return note

    # --- in words ---
    def _sentence(self, key: str) -> str:
        """Everything about one stage in one sentence, for the pointer and the screen reader."""
        stage, language = self.wording.stages[key], self.language
        parts = [stage.title.say(language), self._who(key)]
        guard = self.wording.graph.guards.get(key)
        if guard is not None:
            said = say_condition(guard, self.wording.facts).say(language)
            parts.append(Words(f"条件：{said}", f"when {said}").say(language))
        before = [self.wording.stages[each].title.say(language) for each in stage.after]
        if before:
            listed = Words("、", ", ").say(language).join(before)
            parts.append(Words(f"在{listed}之后", f"after {listed}").say(language))
        status = self._status(key)
        if status is not None:
            parts.append(LATE.say(language) if self._looks(key) == "late" else STATUS[status].say(language))
        note = self._note(key)
        if note:
            parts.append(note)
        return Words("；", "; ").say(language).join(parts)

    def _description(self) -> str:
        return (
            Words("。", ". ").say(self.language).join(self._sentence(key) for key in self.wording.graph.order)
        )


def _in_days(count: str, *, in_working_days: bool) -> Words:
    plural = "" if count == "1" else "s"
    if in_working_days:
        return Words(f"{count} 个工作日", f"{count} workday{plural}")
    return Words(f"{count} 日", f"{count} day{plural}")


def _short(day: dt.date) -> str:
    return f"{day.month:02d}-{day.day:02d}"


def width_of(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return sum(1 if ord(letter) > 0x2E7F else LATIN_WIDTH for letter in text)


def wrap(text: str, width: float) -> list[str]:
    """The text in lines of at most `width` Chinese characters, broken between words if it can."""
    if width_of(text) <= width:
        return [text]
    fitting = next(at for at in range(1, len(text) + 1) if width_of(text[:at]) > width) - 1
    ends = [at for at in range(1, fitting + 1) if _may_break(text, at)]
    end = max(ends, default=max(1, fitting))
    return [text[:end].rstrip(), *wrap(text[end:].lstrip(), width)]


def _may_break(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if before in "（《“【" or after in "）》”】，。、；：？！":
        return False
    return before in " -/" or after == " " or ord(after) > 0x2E7F
