"""An office's letter to others: a reminder, a summons to a talk, a circular."""

from __future__ import annotations

from dataclasses import dataclass

from tongdian.documents.shapes import PrintedPaper


@dataclass(frozen=True, kw_only=True)
class FindingOnPaper:
    """A finding as a letter names it: its number, whom it is about, what was found, the clause."""

    number: str
    office: str
    text: str
    clause: str


@dataclass(frozen=True, kw_only=True)
class FactOnPaper:
    """A line of a letter that stands apart, such as when and where a talk is held."""

    title: str
    title_en: str
    text: str


@dataclass(frozen=True, kw_only=True)
class OfficialLetter(PrintedPaper):
    """A letter as offices write them (GB/T 9704): the issuer's head, the number, the title, to whom, the text, the
    seal. `issued_on` None leaves the day to be filled in; `standing` says what it is before it is signed."""

    template = "official-letter"

    title: str
    title_en: str
    to: str
    paragraphs: tuple[str, ...]
    facts: tuple[FactOnPaper, ...] = ()
    findings: tuple[FindingOnPaper, ...] = ()
    cites: tuple[str, ...] = ()
    drafter: str = ""
    signer: str = ""
    standing: str = ""
