"""What closing a stage does to agreements and drawings: registered with the engine by name.

sign-agreement    the customer is supplied at the place, from that day
end-agreement     what is in force at the place ends with that day
change-category   another price category from that day (article 10(3))
expand-capacity   another capacity from that day (articles 10(4), 10(5))
keep-evidence     the contract, signed by both, lies in the file store (task 21)
keep-drawings     drawings were handed over (article 49)
issue-paper       the stage's own paper, such as the notice of a move, is printed and kept
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q

from tongdian.agreements.actions import agreeing as agreements
from tongdian.agreements.actions.ending import change_by_case, end_by_case, reopen_by_case
from tongdian.agreements.models import Agreement, AgreementText, Signature
from tongdian.agreements.queries import ClassNames
from tongdian.calendar import legal_day
from tongdian.cases import actions as cases
from tongdian.cases import queries as case_queries
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case, Paper
from tongdian.cases.rules import EVIDENCE_FILE, ISSUE_PAPER
from tongdian.connections.contracts import (
    SIGN_AGREEMENT,
    TAKE_SIGNATURE,
    agreed_in,
    supplied_at,
    texts_of,
    unsigned,
)
from tongdian.connections.models import CaseText
from tongdian.connections.printing import issued_notice
from tongdian.connections.queries import application_of
from tongdian.connections.rules import (
    LastDayMissing,
    NoAgreementHere,
    NoCustomer,
    NoDrawings,
    NotDrawnUp,
    NotOfThisClass,
    NotSealed,
    NotSigned,
)
from tongdian.money import round_to
from tongdian.network.models import UsagePoint
from tongdian.network.rules import POWER_FACTOR
from tongdian.policy.inputs import Input
from tongdian.policy.words import Words


# ---------------------------------------------------------------- a paper that the office issues
def take_paper_back(deed: Deed) -> Mapping[str, Any]:
    """The paper no longer counts; it is kept."""
    if "paper" in deed.done:
        paper = Paper.objects.get(pk=deed.done["paper"])
        cases.take_issued_back(viewer=deed.viewer, paper=paper, reason="环节已撤销", at=deed.at)
    return {}


@effect(
    ISSUE_PAPER,
    title=Words("已开具", "the paper is issued"),
    asks=lambda case: {"paper": _text(Words("材料", "paper"))},
    undo=take_paper_back,
)
def issue_paper(deed: Deed) -> Mapping[str, Any]:
    """The paper that the stage issues is printed and kept with the case; one that was handed in, as
    written by hand, stands instead."""
    item = str(deed.given["paper"])
    listed = case_queries.paper_list(deed.case, deed.state, deed.stage)
    wanted = next((one for one in listed.needed if one.item == item), None) if listed else None
    if wanted is None or wanted.is_here:
        return {}
    content = issued_notice(deed.case, wanted.title, deed.stage, on=deed.on)
    row = cases.issue_paper(
        viewer=deed.viewer,
        case=deed.case,
        item=item,
        content=content,
        name=f"{wanted.title.zh}.pdf",
        at=deed.at,
    )
    return {"paper": str(row.pk)}


# ---------------------------------------------------------------- the text
CONTRACT_PAGE = "case-contract"


def _page_of_signing(viewer: Any, case: Case) -> str:
    """Texts are drawn up and signed on the page of the contract, until the office has signed all."""
    texts = texts_of(case)
    is_sealed = bool(texts) and not unsigned(texts, Signature.Party.SUPPLIER)
    return "" if is_sealed or not viewer.has_perm("agreements.sign", case.organisation) else CONTRACT_PAGE


@effect(
    "draw-up-agreement",
    title=Words("合同文本已生成", "the contract is drawn up"),
    page=lambda viewer, case: "" if texts_of(case) else _page_of_signing(viewer, case),
)
def drawn_up(deed: Deed) -> Mapping[str, Any]:
    """What the customer is to sign stands in the case. Raises NotDrawnUp."""
    texts = texts_of(deed.case)
    if not texts:
        raise NotDrawnUp(case=deed.case.number)
    return {"texts": [str(text.pk) for text in texts]}


@effect(TAKE_SIGNATURE, title=Words("用户已签名", "the customer has signed"))
def signed_by_the_customer(deed: Deed) -> Mapping[str, Any]:
    """Every text bears the customer's signature. Raises NotSigned."""
    texts = texts_of(deed.case)
    if not texts or unsigned(texts):
        raise NotSigned(case=deed.case.number)
    return {"texts": [str(text.pk) for text in texts]}


# ---------------------------------------------------------------- beginning
def asks_of_signing(case: Case) -> Mapping[str, Input]:
    """Class and price as the pack names them: nothing where the texts that the customer signed say it."""
    if agreed_in(_signed(case)):
        return {}
    asked = {"customer_class": _one_of(ClassNames().classes(case.pack), Words("用户类别", "class"))}
    for utility in ("power", "water"):
        names = ClassNames().categories(case.pack, utility)
        if names:
            asked["price_category"] = _one_of(names, Words("价格类别", "price category"))
            break
    else:
        asked["price_category"] = _text(Words("价格类别", "price category"))
    return asked


def _scan_of_signing(case: Case) -> Words | None:
    """The agreement as it was signed on paper, where nobody signed it here."""
    paper = Words("双方已签的纸质协议（扫描件或照片）", "the agreement that both signed on paper, scanned")
    return None if _signed(case) else paper


def _one_of(names: Mapping[str, Words], title: Words) -> Input:
    if not names:
        return _text(title)
    return Input(title=title, one_of=tuple(names), labels=dict(names))


def _text(title: Words) -> Input:
    return Input(title=title, type="id")


def take_back(deed: Deed) -> Mapping[str, Any]:
    """The agreements that were begun go; those they followed run on."""
    for key in reversed(deed.done["agreements"]):
        agreement = Agreement.objects.get(pk=key)
        agreements.take_back(viewer=deed.viewer, agreement=agreement, at=deed.at)
    return {"taken_back": deed.done["agreements"]}


@effect(
    SIGN_AGREEMENT,
    title=Words("供用协议生效", "the supply agreement takes effect"),
    asks=asks_of_signing,
    file=_scan_of_signing,
    undo=take_back,
    page=_page_of_signing,
)
def sign_agreement(deed: Deed) -> Mapping[str, Any]:
    """An agreement for each usage point of the place. Raises NoCustomer, NotSigned, NotSealed,
    and what agreements refuse."""
    case = deed.case
    if case.customer is None:
        raise NoCustomer(case=case.number)
    signed = {text.usage_point_id: text for text in _signed(case)}
    if unsigned(signed.values(), Signature.Party.SUPPLIER):
        raise NotSealed(case=case.number)
    agreed = {**deed.given, **agreed_in(signed.values())}
    paper = [] if signed else _paper(deed)
    made = []
    application = application_of(case)
    if case_queries.desk(case).process.service == "temporary" and (
        application is None or not application.last_on
    ):
        raise LastDayMissing(case=case.number)
    for point in supplied_at(deed.viewer, case, deed.at):
        text = signed.get(point.pk)
        if signed and text is None:
            continue  # they signed for power only, say
        made.append(_supply(deed, point, agreed, text=text, signed_on=_signed_on(text) or deed.on))
    return {"agreements": made, **({"paper": paper} if paper else {})}


def _supply(
    deed: Deed,
    point: UsagePoint,
    agreed: Mapping[str, Any],
    *,
    text: AgreementText | None = None,
    signed_on: dt.date | None = None,
) -> str:
    """The case's customer is supplied at a usage point; gives the key of what is on record of it."""
    application = application_of(deed.case)
    customer = deed.case.customer
    assert customer is not None
    agreement = agreements.sign(
        viewer=deed.viewer,
        usage_point=point,
        customer=customer,
        pack=deed.case.pack,
        customer_class=str(agreed["customer_class"]),
        price_category=str(agreed["price_category"]),
        first_on=max(filter(None, (deed.on, first_day(text)))),
        last_on=application.last_on if application else None,
        capacity_kw=_capacity(deed) if point.utility == "power" else None,
        signed_on=signed_on,
        text=text,
        at=deed.at,
        is_demo=deed.case.is_demo,
    )
    return str(agreement.pk)


def open_account(deed: Deed) -> Mapping[str, Any]:
    """A resident is on record as supplied at the place, which 8(3) asks no agreement for. Where the
    pack names facts that say whose each supply is, only for what is the university's.

    Raises NoCustomer, and what agreements refuse."""
    if deed.case.customer is None:
        raise NoCustomer(case=deed.case.number)
    own = effect_given(deed)
    made = [
        _supply(deed, point, deed.given)
        for point in supplied_at(deed.viewer, deed.case, deed.at)
        if deed.state.facts.get(own.get(point.utility, "")) is not False
    ]
    return {"agreements": made}


def effect_given(deed: Deed) -> Mapping[str, str]:
    """What the pack tells the effect of this stage."""
    return case_queries.desk(deed.case).wording.stages[deed.stage].effect_given


def _signed(case: Case) -> list[AgreementText]:
    """The texts of a case that the customer has signed in it."""
    texts = texts_of(case)
    waiting = unsigned(texts)
    return [text for text in texts if text not in waiting]


def _paper(deed: Deed) -> list[str]:
    """The scanned pages of an agreement that both signed on paper. Raises NotSigned."""
    scans = [one for one in deed.evidence if one.startswith(EVIDENCE_FILE)]
    if not scans:
        raise NotSigned(case=deed.case.number)
    return scans


def _capacity(deed: Deed) -> Decimal | None:
    """The capacity applied for: a fact of the case, or of the application."""
    fact = deed.state.facts.get("capacity")
    if isinstance(fact, Decimal):
        return fact
    application = application_of(deed.case)
    return application.capacity_kw if application else None


def first_day(text: AgreementText | None) -> dt.date | None:
    """The day from which a text says that it runs."""
    said = text.terms.get("first_on") if text is not None else None
    return dt.date.fromisoformat(said) if said else None


def _signed_on(text: AgreementText | None) -> dt.date | None:
    if text is None:
        return None
    last = text.signatures.order_by("-at").first()
    return legal_day(last.at) if last else None


# ---------------------------------------------------------------- in force at the place
def in_force_at(case: Case, on: dt.date) -> list[Agreement]:
    """What the case's customer has at its place on a day; without a customer, whoever does.

    Raises NoAgreementHere.
    """
    rows = Agreement.objects.filter(
        Q(usage_point__place__ancestors__contains=[case.place_id]), in_force__contains=on
    )
    if case.customer_id is not None:
        rows = rows.filter(customer=case.customer_id)
    found = list(rows.select_related("usage_point", "organisation", "customer"))
    if not found or case.place_id is None:
        raise NoAgreementHere(case=case.number, on=on)
    return found


def presumes_supply(case: Case, on: dt.date) -> None:
    """Something is in force there to end or to change, in a class for which the process is.

    Raises NoAgreementHere, NotOfThisClass.
    """
    process = case_queries.desk(case).process
    classes = process.customer_classes
    found = in_force_at(case, on)
    if classes and all(one.customer_class not in classes for one in found):
        names = ClassNames().classes(case.pack)
        raise NotOfThisClass(
            process=process.title,
            found="、".join(
                sorted({str(names.get(one.customer_class, one.customer_class)) for one in found})
            ),
        )


def reopen_what_ended(deed: Deed) -> Mapping[str, Any]:
    """The ends are taken back."""
    for key in reversed(deed.done["agreements"]):
        agreement = Agreement.objects.get(pk=key)
        reopen_by_case(viewer=deed.viewer, agreement=agreement, case=deed.case.number, at=deed.at)
    return {"reopened": deed.done["agreements"]}


@effect(
    "end-agreement",
    title=Words("供用协议终止", "the supply agreement ends"),
    undo=reopen_what_ended,
    presumes=presumes_supply,
)
def end_agreement(deed: Deed) -> Mapping[str, Any]:
    """What is in force at the place ends with the day. Raises NoAgreementHere."""
    ended = [
        end_by_case(
            viewer=deed.viewer, agreement=agreement, last_on=deed.on, case=deed.case.number, at=deed.at
        )
        for agreement in in_force_at(deed.case, deed.on)
    ]
    return {"agreements": [str(agreement.pk) for agreement in ended]}


def _change(deed: Deed, **new: Any) -> Mapping[str, Any]:
    changed = [
        change_by_case(
            viewer=deed.viewer, agreement=agreement, from_on=deed.on, case=deed.case.number, at=deed.at, **new
        )
        for agreement in in_force_at(deed.case, deed.on)
        if "capacity_kw" not in new or agreement.usage_point.utility == "power"
    ]
    return {"agreements": [str(agreement.pk) for agreement in changed]}


def _asks_category(case: Case) -> Mapping[str, Input]:
    title = Words("新的价格类别", "new price category")
    return {"price_category": _one_of(ClassNames().categories(case.pack, "power"), title)}


@effect(
    "change-category",
    title=Words("用水用电性质变更", "the category of use changes"),
    asks=_asks_category,
    undo=take_back,
    presumes=presumes_supply,
)
def change_category(deed: Deed) -> Mapping[str, Any]:
    """Another price category from that day. Raises NoAgreementHere, and what agreements refuse."""
    return _change(deed, price_category=str(deed.given["price_category"]))


def _asks_capacity(case: Case) -> Mapping[str, Input]:
    """The capacity afterwards, unless what is there and what is added say it."""
    title = Words("增容后的容量", "capacity after the expansion")
    present = Agreement.objects.filter(
        usage_point__place=case.place_id, capacity_kw__isnull=False, in_force__endswith=None
    ).first()
    wording = case_queries.desk(case).wording
    if present is not None and any("added" in stage.effect_given for stage in wording.stages.values()):
        return {}
    if present is not None:
        now = f"{present.capacity_kw:f} kW"
        title = Words(f"{title.zh}（现为 {now}）", f"{title.en} (now {now})")
    return {"capacity": Input(title=title, unit="kW", scale=2, min="0.01", max="1000000")}  # type: ignore[arg-type]


@effect(
    "expand-capacity",
    title=Words("容量变更", "the capacity changes"),
    asks=_asks_capacity,
    undo=take_back,
    presumes=presumes_supply,
)
def expand_capacity(deed: Deed) -> Mapping[str, Any]:
    """Another capacity from that day, as far as the transformer has room for it: what was applied for
    on top of what is there, kVA at the transformer's power factor, else as it is entered."""
    added = deed.state.facts.get(effect_given(deed).get("added", ""))
    if "capacity" in deed.given or not isinstance(added, Decimal):
        capacity = deed.given["capacity"]
        assert isinstance(capacity, Decimal)
        return _change(deed, capacity_kw=capacity)
    present = [
        (one.capacity_kw, one.usage_point.transformer)
        for one in in_force_at(deed.case, deed.on)
        if one.capacity_kw is not None
    ]
    capacity_kw, feeding = present[0]
    factor = feeding.power_factor if feeding else POWER_FACTOR
    return _change(deed, capacity_kw=capacity_kw + round_to(added * factor, 2))


# ---------------------------------------------------------------- kept
@effect(
    "keep-evidence", title=Words("合同存证并送达", "the contract is kept and delivered"), undo=lambda deed: {}
)
def keep_evidence(deed: Deed) -> Mapping[str, Any]:
    """Every text of the case, or of the one it is part of, is signed by both. Raises NotSigned."""
    about = [deed.case.pk, *([deed.case.part_of_id] if deed.case.part_of_id else [])]
    texts = [row.text for row in CaseText.objects.filter(case__in=about, text__replaced_by=None)]
    if not texts or any(text.signatures.count() < 2 for text in texts):
        raise NotSigned(case=deed.case.number)
    return {"texts": [{"id": str(text.pk), "sha256": text.body_hash} for text in texts]}


@effect("keep-drawings", title=Words("竣工图纸入档", "the drawings are kept"), undo=lambda deed: {})
def keep_drawings(deed: Deed) -> Mapping[str, Any]:
    """The drawings handed in with the case stay with its place. Raises NoDrawings."""
    files = Paper.objects.filter(case=deed.case, kind=Paper.Kind.RECEIVED).exclude(file="")
    hashes = list(files.values_list("file", flat=True))
    if not hashes:
        raise NoDrawings(case=deed.case.number)
    return {"files": hashes}
