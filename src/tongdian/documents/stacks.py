"""Many bills printed in one go, one after another in one PDF: what is carried around.

A bill is set by the same template alone and in a stack. "Page x of y" is what makes a document be laid out
again until nothing moves; nearly all bills have one page, so that a stack is set with the numbers of pages that
its bills are thought to have. Where that was wrong it is set again with those that it has.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise

from pypdf import PdfReader, PdfWriter

from tongdian.documents.printing import Language, compiled
from tongdian.documents.shapes import BillPaper

FITS = 4  # lines of a bill that mostly fit a page: a guess, which is looked at afterwards


def render_stack(bills: Sequence[BillPaper], *, language: Language = "zh") -> bytes:
    """Bills as one PDF in their order, each beginning on a page of its own. Some hundreds at a time: their
    layout is held in memory, about 1 MB each."""
    pages = [1 if len(bill.lines) <= FITS else 2 for bill in bills]
    begins = any(count > 1 for count in pages)  # as many pages as bills can only be one for each
    while True:
        # without tags, which only who listens to a document needs: the bill alone has them
        stack: bytes = compiled(bills, language, pages=pages, begins=begins, pdf_tags=False)
        reader = PdfReader(io.BytesIO(stack))
        has = _pages_of_each(reader) if begins else [1] * len(reader.pages)
        if has == pages:
            return stack
        pages, begins = has if begins else pages, True


def joined(parts: Sequence[bytes]) -> bytes:
    """PDFs one after another in one."""
    whole = PdfWriter(io.BytesIO(parts[0]))
    for part in parts[1:]:
        whole.append(io.BytesIO(part), import_outline=False)
    file = io.BytesIO()
    whole.write(file)
    return file.getvalue()


def _pages_of_each(stack: PdfReader) -> list[int]:
    begins = [stack.get_destination_page_number(one) for one in stack.outline]  # type: ignore[arg-type]
    return [
        ends - start
        for start, ends in pairwise([*(one for one in begins if one is not None), len(stack.pages)])
    ]
