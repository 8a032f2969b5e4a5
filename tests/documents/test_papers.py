"""Papers say what they were given, as text, and look like papers."""

import dataclasses
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from tests.documents.papers import (
    AGREEMENT,
    ALL,
    APPROVAL,
    BILL,
    CERTIFICATE,
    COMPLETION,
    CONTRACT,
    FILED_RETURN,
    HOURS,
    LETTER,
    MISSING,
    NOTICE,
    PERMIT,
    PLAN,
    RECEIPT,
    REFUSAL,
    VOUCHER,
)
from tongdian.documents import (
    PrintedPaper,
    PrintedSignature,
    ReceivedPaper,
    render,
    render_pictures,
    unprintable,
)


def text(paper: PrintedPaper, language="zh") -> str:
    """All that is printed, without the gaps that setting leaves between signs."""
    pages = PdfReader(io.BytesIO(render(paper, language=language))).pages
    return "".join("".join(page.extract_text() for page in pages).split())


TITLES = {
    BILL: ("水电费收费清单", "Bill for water and electricity"),
    APPROVAL: ("用水用电审批表", "Application to use water and power"),
    AGREEMENT: ("水电供用协议", "Agreement on water and power supply"),
    CONTRACT: ("低压供用电合同", "Contract for low-voltage supply"),
    RECEIPT: ("材料接收回执", "Receipt of papers"),
    MISSING: ("一次性告知书", "Notice of all that is missing"),
    CERTIFICATE: ("施工水电费结清证明", "Certificate that charges for works are settled"),
    HOURS: ("供电供水时间告示", "When power and water are supplied"),
    NOTICE: ("房管科开具的调（退）房通知", "the housing office's notice of move"),
    VOUCHER: ("退还电费领款单", "Voucher for money returned"),
    REFUSAL: ("不予同意告知书", "Notice of refusal"),
    PLAN: ("供电方案答复单", "Reply with the supply plan"),
    COMPLETION: ("办结通知单", "Notice of completion"),
    FILED_RETURN: ("广西壮族自治区“三零”“三省”服务效益统计表", "Guangxi: Return of benefits"),
    LETTER: ("关于约谈雁山供电公司的通知", "Summons of 雁山供电公司 to a talk"),
    PERMIT: ("临时用水用电许可证", "Permit for temporary use"),
}


@pytest.mark.parametrize("paper", ALL, ids=lambda paper: paper.template)
def test_a_paper_has_title_number_hotlines_and_page_of_pages(paper):
    chinese, english = TITLES[paper]
    printed = text(paper)
    assert chinese in printed
    assert paper.number in printed
    assert paper.issuer in printed
    assert "能源监管热线12398" in printed
    assert "第1页共" in printed
    assert "".join(english.split()) not in printed
    both = text(paper, "en")
    assert chinese in both
    assert "".join(english.split()) in both


def test_the_approval_form_adds_up_the_equipment():
    printed = text(APPROVAL)
    # 2 × 0.35 + 3 × 3.5 = 0.7 + 10.5 = 11.2
    assert "总功率11.2" in printed
    assert "节能办意见" in printed
    assert "同意用水用电，按商业价格计收。" in printed


def test_an_agreement_says_the_deposit_in_figures_and_in_capitals():
    printed = text(AGREEMENT)
    assert "¥3,000.00" in printed
    assert "人民币叁仟元整" in printed
    assert "2026年3月2日起，至2027年3月1日止" in printed


def test_a_contract_without_end_says_so_and_how_it_was_signed():
    printed = text(CONTRACT)
    assert "自2026年3月2日起，长期有效" in printed
    assert "2026-03-0209:12:00" in printed  # 01:12 in UTC
    assert "9f86d081" in printed


def test_a_late_step_is_called_late():
    assert "3个工作日超时" in text(COMPLETION)
    in_time = dataclasses.replace(COMPLETION, steps=COMPLETION.steps[:1])
    assert "超时" not in text(in_time)


def test_a_correction_has_its_own_title():
    printed = text(dataclasses.replace(MISSING, is_correction=True))
    assert "补正材料通知书" in printed
    assert "一次性告知书" not in printed


def test_a_receipt_counts_copies():
    assert "合计4" in text(RECEIPT)  # 1 + 1 + 2


def test_a_receipt_of_many_papers_goes_over_pages_with_its_heads():
    many = tuple(ReceivedPaper(name=f"材料{n}", copies=1) for n in range(60))
    printed = text(dataclasses.replace(RECEIPT, papers=many))
    assert printed.count("材料名称") >= 2
    assert "第2页" in printed


def test_demonstration_is_printed_across():
    assert "演示" in text(dataclasses.replace(PERMIT, is_demo=True))
    assert "演示" not in text(PERMIT)


EVIL = [
    '#panic("run")',
    "$x^2$ *bold* _it_ @ref <label>",
    '\\ #read("/etc/passwd") \\u{41}',
    '"} #import "look.typ": *; {"',
    "#sys.inputs.data // /* */ `raw` = heading",
]


@pytest.mark.parametrize("name", EVIL)
def test_a_name_is_printed_and_never_run(name):
    who = dataclasses.replace(APPROVAL.applicant, name=name)
    assert "".join(name.split()) in text(dataclasses.replace(APPROVAL, applicant=who))


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_name_can_be_printed(name):
    assert render(dataclasses.replace(RECEIPT, applicant=name)).startswith(b"%PDF-")


def test_the_same_paper_gives_the_same_bytes():
    assert render(PLAN) == render(PLAN)
    assert render(PLAN) != render(dataclasses.replace(PLAN, issued_on=date(2026, 3, 3)))


def test_papers_are_printed_by_many_at_once():
    with ThreadPoolExecutor(4) as threads:
        printed = list(threads.map(render, ALL * 3))
    assert printed == [render(paper) for paper in ALL] * 3


def test_a_signature_by_hand_is_drawn():
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (60, 20), "black").save(file, "PNG")
    signed = dataclasses.replace(
        AGREEMENT, customer_signature=PrintedSignature(name="王小明", picture=file.getvalue())
    )
    pages = PdfReader(io.BytesIO(render(signed))).pages
    assert sum(len(page.images) for page in pages) == 1
    assert len(render_pictures(signed)) == len(pages)


def test_characters_without_a_glyph_are_found_before_anything_is_printed():
    """GB 18030-2022 level 3, Uyghur, Tibetan and emoji have none; rare Han and Vietnamese have."""
    assert unprintable("张䶮㐂𠮷龘𬭎 Nguyễn · 12 kW") == ()
    assert unprintable("张𫰠𱖎 ە བ😀𱖎") == ("𫰠", "𱖎", "ە", "བ", "😀")


def test_the_certificate_of_article_48_names_contract_payment_period_and_amount_for_two_seals():
    printed = text(CERTIFICATE)
    for part in (
        "（2026-017）",
        "第1期进度款",
        "一份证明只用于一次付款",
        "2026年1月5日",
        "2026年2月28日",
        "12,345.67",
        "节能办",
        "水电中心",
    ):
        assert part in printed, part
    assert "壹万贰仟叁佰肆拾伍元陆角柒分" in printed
