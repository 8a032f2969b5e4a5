"""The path of a case as a picture, after the manner of `drawing.py`: no script, no style, every mark in words too."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from tongdian.policy.process.drawing import INK, QUIET, Direction, width_of, wrap
from tongdian.policy.process.paths import ENDINGS, DrawnStep, JudgedPath, say_path
from tongdian.policy.process.replaying import KINDS, DeviationKind
from tongdian.policy.words import Words

BOX, HEIGHT, GAP, MARGIN = 124, 50, 20, 4
TITLE_SIZE, MARK_SIZE, LINE = 12.5, 11, 15
IN_A_LINE: Mapping[Direction, int] = {"across": 7, "down": 2}  # boxes, on a desk and on a phone
# fill, stroke, dashes
LOOKS: Mapping[DeviationKind | None, tuple[str, str, str]] = {
    None: ("#f8fafc", "#94a3b8", ""),
    DeviationKind.SKIPPED: ("#ffffff", "#b91c1c", "4 3"),
    DeviationKind.REPEATED: ("#fef3c7", "#92400e", ""),
    DeviationKind.REORDERED: ("#ede9fe", "#6d28d9", ""),
}
OTHER = ("#fee2e2", "#b91c1c", "")
ENDED, UNDER_WAY = ("#dcfce7", "#15803d", ""), ("#ffffff", "#94a3b8", "2 3")
BACK = Words("↩ {to}", "↩ {to}")


def draw_path(
    path: JudgedPath, titles: Mapping[str, Words], *, language: str, direction: Direction, name: str
) -> str:
    """The steps as SVG, line below line, each box with its mark. `name` makes the ids unique on a page."""
    most = IN_A_LINE[direction]
    boxes = [_StepBox(one, titles, language) for one in path.steps]
    count = len(boxes) + 1
    width = min(count, most) * (BOX + GAP) - GAP + 2 * MARGIN
    height = -(-count // most) * (HEIGHT + GAP) - GAP + 2 * MARGIN
    whole = say_path(path, titles).say(language)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="path" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" aria-labelledby="{name}" lang="{language}" '
        f'font-family="system-ui, sans-serif"><title id="{name}">{escape(whole)}</title>'
    ]
    for number in range(count):
        x, y = MARGIN + number % most * (BOX + GAP), MARGIN + number // most * (HEIGHT + GAP)
        if number:
            parts.append(_arrow(x, y, is_first=number % most == 0, most=most))
        drawn = boxes[number].drawn(x, y) if number < len(boxes) else _end(path, language, x, y)
        parts.append(drawn)
    return "".join([*parts, "</svg>"])


class _StepBox:
    """One step: its title, and below it what is not as written or where it goes back to."""

    def __init__(self, step: DrawnStep, titles: Mapping[str, Words], language: str) -> None:
        def said(stage: str) -> str:
            return titles.get(stage, Words(stage, stage)).say(language)

        self.looks = LOOKS.get(step.mark, OTHER)
        self.ink = self.looks[1] if step.mark else QUIET
        notes = [BACK.fill(to=said(step.to)).say(language)] if step.to else []
        notes += [KINDS[step.mark].say(language)] if step.mark else []
        whole = wrap(said(step.stage), (BOX - 8) / TITLE_SIZE)
        self.lines = whole[: 2 if notes else 3]
        if len(whole) > len(self.lines):
            self.lines[-1] = self.lines[-1][:-1] + "…"
        self.note = " · ".join(notes)

    def drawn(self, x: float, y: float) -> str:
        count = len(self.lines) + bool(self.note)
        top = y + (HEIGHT - count * LINE) / 2 + LINE * 0.78
        texts = [_text(x, top + LINE * n, line, TITLE_SIZE, INK) for n, line in enumerate(self.lines)]
        if self.note:
            texts.append(_text(x, top + LINE * len(self.lines), self.note, MARK_SIZE, self.ink))
        return _rectangle(x, y, self.looks, 6) + "".join(texts)


def _end(path: JudgedPath, language: str, x: float, y: float) -> str:
    looks = ENDED if path.ending == "finished" else UNDER_WAY
    return _rectangle(x, y, looks, HEIGHT / 2) + _text(
        x, y + HEIGHT / 2 + 4.5, ENDINGS[path.ending].say(language), TITLE_SIZE, looks[1] if path.ending == "finished" else QUIET
    )  # fmt: skip


def _rectangle(x: float, y: float, looks: tuple[str, str, str], radius: float) -> str:
    fill, stroke, dashes = looks
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{BOX}" height="{HEIGHT}" rx="{radius:g}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="1.5"{dashed}/>'
    )


def _text(x: float, y: float, text: str, size: float, ink: str) -> str:
    squeeze = ""
    if width_of(text) * size > BOX - 8:
        squeeze = f' textLength="{BOX - 8}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text x="{x + BOX / 2:g}" y="{y:g}" text-anchor="middle" font-size="{size:g}" '
        f'fill="{ink}"{squeeze}>{escape(text)}</text>'
    )


def _arrow(x: float, y: float, *, is_first: bool, most: int) -> str:
    """From the box before: beside it, or from the end of the line above."""
    middle = y + HEIGHT / 2
    if not is_first:
        way, tip = f"M{x - GAP:g} {middle:g}H{x - 5:g}", (x, middle)
        head = f"M{tip[0]:g} {tip[1]:g}l-6 -4v8z"
    else:
        last, between = MARGIN + (most - 1) * (BOX + GAP) + BOX / 2, y - GAP / 2
        way = f"M{last:g} {y - GAP:g}V{between:g}H{x + BOX / 2:g}V{y - 5:g}"
        head = f"M{x + BOX / 2:g} {y:g}l-4 -6h8z"
    return (
        f'<path d="{way}" fill="none" stroke="{QUIET}" stroke-width="1.25"/><path d="{head}" fill="{QUIET}"/>'
    )
