"""Bills printed together are each as they are alone."""

import io

import pytest
from pypdf import PdfReader

from tests.documents.papers import bill
from tongdian.documents import render, stacks
from tongdian.documents.stacks import joined, render_stack

SHORT, LONG = 2, 14  # lines: of a bill on one page, of one on two
WRAPPED = "教职工住户用电" * 40  # a name of so many lines that two of it take more than two pages


def pages(printed: bytes) -> list[str]:
    """What each page says."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(printed)).pages]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_of_a_stack_says_what_the_bill_says_alone(language):
    """A long bill, and one that is only found to be long once it is laid out, among short ones."""
    bills = [bill(1), bill(2, lines=LONG), bill(3), bill(4, name=WRAPPED), bill(5)]
    alone = [pages(render(one, language=language)) for one in bills]
    assert [len(one) for one in alone] == [1, 2, 1, 3, 1]
    assert pages(render_stack(bills, language=language)) == [page for one in alone for page in one]


def test_every_bill_counts_its_own_pages():
    said = [page.rpartition("第")[2] for page in pages(render_stack([bill(1), bill(2, lines=LONG), bill(3)]))]
    assert [" ".join(one.split()) for one in said] == [
        "1 页 共 1 页",
        "1 页 共 2 页",
        "2 页 共 2 页",
        "1 页 共 1 页",
    ]


def test_a_stack_of_short_bills_is_laid_out_once(monkeypatch):
    """What makes it fast: 1,000 bills are not counted again, and no bookmark is made to count them by."""
    asked = []
    really = stacks.compiled

    def counted(*given, **more):
        asked.append((more["pages"], more["begins"]))
        return really(*given, **more)

    monkeypatch.setattr(stacks, "compiled", counted)
    render_stack([bill(n, lines=SHORT) for n in range(5)])
    assert asked == [([1] * 5, False)]


def test_parts_are_joined_in_their_order():
    first, second = render_stack([bill(1), bill(2)]), render_stack([bill(3)])
    assert pages(joined([first, second])) == pages(first) + pages(second)
