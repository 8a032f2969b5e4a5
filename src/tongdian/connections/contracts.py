"""The text of the agreement in a case: drawn up, signed in the browser, sealed by the office."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from unicodedata import normalize
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from tongdian.agreements.actions import signing as agreements
from tongdian.agreements.models import Agreement, AgreementText, Signature
from tongdian.agreements.queries import ClassNames, standing_in_the_way
from tongdian.agreements.rules import AgreementStands, SignatureEvidence, TextHasChanged, said_period
from tongdian.agreements.wording import Terms, body_of, title_of
from tongdian.allowed import NotAllowed
from tongdian.cases import queries as cases
from tongdian.cases.actions import close_stage
from tongdian.cases.actions.appending import lock
from tongdian.cases.effects import effect_named
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.connections.models import CaseText, PhoneCode
from tongdian.connections.queries import application_of
from tongdian.connections.recipients import recipient, track_address
from tongdian.connections.rules import (
    CodeSentAlready,
    CodeWrong,
    FixedLine,
    NoCustomer,
    NoPlace,
    NoTextMessages,
)
from tongdian.network.actions import add_usage_point
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.notices.actions import Recipient, notify
from tongdian.notices.queries import can_text
from tongdian.notices.rules import NATIONAL_HOTLINE
from tongdian.parties.telephones import receives_messages
from tongdian.personal import decrypt
from tongdian.policy import process as kernel
from tongdian.policy.process.refusals import CaseEnded
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook.queries import pack as rulebook_pack

CLASS, CATEGORY = "customer_class_code", "price_category_code"  # of the terms kept beside a text
TAKE_SIGNATURE, SIGN_AGREEMENT = "take-signature", "sign-agreement"
CODE_LASTS = dt.timedelta(minutes=10)
ASK_AGAIN_AFTER = dt.timedelta(minutes=1)
MOST_TRIES = 5


def utilities_of(case: Case) -> list[str]:
    """What a case is to supply: as it was applied for, else power."""
    application = application_of(case)
    if application is None:
        return [Utility.POWER]
    wanted = {Utility.POWER: application.wants_power, Utility.WATER: application.wants_water}
    return [utility for utility, is_wanted in wanted.items() if is_wanted]


def begins_an_agreement(case: Case) -> bool:
    """Whether a new agreement is still to take effect in a case, for which the place must be free
    of any other, the applicant's own too."""
    stages, runs = cases.desk(case).wording.stages, cases.state_of(case).runs
    return any(
        stage.effect == SIGN_AGREEMENT and (key not in runs or runs[key].status != "done")
        for key, stage in stages.items()
    )


def in_the_way(case: Case, first_on: dt.date, last_on: dt.date | None) -> list[Agreement]:
    """What is agreed at the place of a case in that time, so that it cannot begin: of others, and
    while it is to begin an agreement, of its own customer."""
    points = UsagePoint.objects.filter(place=case.place_id, utility__in=utilities_of(case))
    customer = None if begins_an_agreement(case) else case.customer
    return standing_in_the_way(points, customer, first_on, last_on)


def supplied_at(viewer: Any, case: Case, at: dt.datetime) -> list[UsagePoint]:
    """The usage points of the case's place for what was applied for, entered where missing.

    Raises NoPlace while the case has none.
    """
    return [point_at(viewer, case, utility, at) for utility in utilities_of(case)]


def point_at(viewer: Any, case: Case, utility: str, at: dt.datetime) -> UsagePoint:
    """The usage point of the case's place for a utility, entered where missing. Raises NoPlace."""
    if case.place is None:
        raise NoPlace(case=case.number)
    point = UsagePoint.objects.filter(place=case.place, utility=utility).first()
    return point or add_usage_point(
        viewer=viewer,
        place=case.place,
        utility=utility,
        code=f"{case.place.code}-{'D' if utility == Utility.POWER else 'S'}",
        at=at,
        is_demo=case.is_demo,
    )


@transaction.atomic
def draw_up(
    *, viewer: Any, case: Case, customer_class: str, price_category: str, at: dt.datetime, first_on: dt.date
) -> list[AgreementText]:
    """Draw up what the customer is to sign, one text for power and one for water.

    Unsigned texts of the case are replaced; a class or price that the process fixes is taken from
    it. Raises CaseEnded, NoCustomer, NoPlace, AgreementStands
    while somebody is supplied there in that time, and what agreements refuse.
    """
    case = _open_and_locked(case, at)
    if case.customer is None:
        raise NoCustomer(case=case.number)
    fixed = fixed_by_process(case)
    customer_class = fixed.get("customer_class", customer_class)
    price_category = fixed.get("price_category", price_category)
    application = application_of(case)
    texts = []
    points = supplied_at(viewer, case, at)
    last_on = application.last_on if application else None
    for other in in_the_way(case, first_on, last_on):
        # now, before anybody has signed or paid a deposit for what could not take effect
        raise AgreementStands(
            point=other.usage_point.code,
            number=other.number,
            customer=other.customer.name,
            period=said_period(other.in_force.lower, other.in_force.upper),
        )
    for point in points:
        before = AgreementText.objects.filter(of__case=case, usage_point=point, replaced_by=None).first()
        is_power = point.utility == Utility.POWER
        names = ClassNames().categories(case.pack, point.utility)
        classes = ClassNames().classes(case.pack)
        terms = Terms(
            supplier=case.organisation.name,
            customer=case.customer.name,
            customer_number=case.customer.number,
            place=case.place.name if case.place else "",
            usage_point=point.code,
            is_power=is_power,
            regulation=rulebook_pack(case.pack).title.zh,
            customer_class=classes[customer_class].zh if customer_class in classes else customer_class,
            price_category=names[price_category].zh if price_category in names else price_category,
            capacity_kw=application.capacity_kw if application and is_power else None,
            first_on=first_on,
            last_on=last_on,
            hotline=case.organisation.hotline,
        )
        text = agreements.draw_up(
            viewer=viewer,
            customer=case.customer,
            usage_point=point,
            title=title_of(terms),
            body=body_of(terms),
            terms=terms.as_json() | {CLASS: customer_class, CATEGORY: price_category},
            at=at,
            replaces=before,
        )
        CaseText.objects.create(text=text, case=case, at=at)
        texts.append(text)
    notify(
        name="agreement-to-sign",
        organisation=case.organisation_id,
        to=recipient(case),
        subject=f"case:{case.id}",
        params={
            "case": case.number,
            "agreement": "、".join(text.title for text in texts),
            "sign": track_address(case),
        },
        at=at,
    )
    return texts


def fixed_by_process(case: Case) -> dict[str, str]:
    """What the process fixes of the class and the price: nobody chooses another."""
    for stage in cases.desk(case).wording.stages.values():
        if stage.effect == SIGN_AGREEMENT:
            return dict(stage.effect_given)
    return {}


def _open_and_locked(case: Case, at: dt.datetime) -> Case:
    """The case, locked before the usage points of its texts as every step of it does. Raises CaseEnded:
    nobody signs for what is over by then."""
    locked = lock(case)
    if locked.ended_on is not None and not locked.events.filter(at__gt=at).exists():
        raise CaseEnded(on=locked.ended_on, ending=locked.ending)
    return locked


def agreed_in(texts: Iterable[AgreementText]) -> dict[str, str]:
    """The class and the price category that signed texts name, as the pack does; nothing of texts from
    before they were kept so."""
    for text in texts:
        if text.terms.get(CLASS) and text.terms.get(CATEGORY):
            return {"customer_class": text.terms[CLASS], "price_category": text.terms[CATEGORY]}
    return {}


def unsigned(texts: Iterable[AgreementText], party: str = Signature.Party.CUSTOMER) -> list[AgreementText]:
    """Those that a party, else the customer, has not signed."""
    return [text for text in texts if all(one.party != party for one in text.signatures.all())]


def texts_of(case: Case) -> list[AgreementText]:
    """The texts that stand in a case."""
    rows = AgreementText.objects.filter(of__case=case, replaced_by=None)
    return list(rows.prefetch_related("signatures").order_by("drawn_at"))


def texts_by_case(listed: Iterable[Case]) -> dict[UUID, list[AgreementText]]:
    """The texts that stand in each of several cases, by the case's id; who signed, not the words."""
    rows = AgreementText.objects.filter(of__case__in=[case.pk for case in listed], replaced_by=None)
    rows = rows.select_related("of").prefetch_related("signatures").defer("body")
    found: dict[UUID, list[AgreementText]] = {}
    for text in rows.order_by("drawn_at"):
        found.setdefault(text.of.case_id, []).append(text)
    return found


# ---------------------------------------------------------------- the code to the telephone
def send_code(*, applicant: Applicant, case: Case, at: dt.datetime) -> str:
    """Send six digits to the telephone given in the application, for the texts that wait now.

    Gives them back where the office is a demonstration, whose messages go nowhere; else "".
    Raises CodeSentAlready, NoTextMessages, FixedLine.
    """
    customer = _customer_of(applicant, case)
    if not can_text(case.organisation):
        raise NoTextMessages(office=case.organisation.name)
    phone = decrypt(customer.phone)
    if not receives_messages(phone):
        raise FixedLine(office=case.organisation.name, phone=case.organisation.hotline or NATIONAL_HOTLINE)
    with transaction.atomic():
        row = PhoneCode.objects.select_for_update().filter(case=case).first()
        if row is not None and at - row.sent_at < ASK_AGAIN_AFTER:
            raise CodeSentAlready
        code = f"{secrets.randbelow(1_000_000):06d}"
        PhoneCode.objects.update_or_create(
            case=case,
            defaults={
                "code_hash": _code_hash(case, code, unsigned(texts_of(case))),
                "sent_at": at,
                "tries": 0,
            },
        )
        notify(
            name="phone-code",
            organisation=case.organisation_id,
            to=Recipient(phone=phone),
            subject=f"case:{case.id}",
            params={"case": case.number, "code": code},
            at=at,
        )
    return code if case.organisation.is_demo else ""


def _check_code(case: Case, code: str, texts: Iterable[AgreementText], at: dt.datetime) -> None:
    """Raise CodeWrong unless it is the one sent for these texts, in time, within five tries."""
    row = PhoneCode.objects.select_for_update().filter(case=case).first()
    if row is None or at - row.sent_at > CODE_LASTS or row.tries >= MOST_TRIES:
        raise CodeWrong(left=0)
    if not hmac.compare_digest(bytes(row.code_hash), _code_hash(case, code, texts)):
        raise CodeWrong(left=MOST_TRIES - row.tries - 1)
    row.delete()


def _code_hash(case: Case, code: str, texts: Iterable[AgreementText]) -> bytes:
    """Of a code with what it is for: whoever was sent it for other words does not sign these with it."""
    digits = normalize("NFKC", code).strip()  # full-width, as some keyboards write them
    words = sorted(f"{text.pk}:{text.body_hash}" for text in texts)
    return hmac.digest(settings.PERSONAL_KEY, ":".join([str(case.pk), digits, *words]).encode(), "sha256")


# ---------------------------------------------------------------- signing
def sign(
    *,
    applicant: Applicant,
    case: Case,
    shown: Mapping[AgreementText, str],
    code: str,
    evidence: SignatureEvidence,
    at: dt.datetime,
) -> list[Signature]:
    """The customer signs in the browser, in one sitting with the one code sent to their telephone,
    every text of the case that waits for it: `shown` has each with its hash as it was shown.

    Raises CaseEnded, CodeWrong, TextHasChanged where others wait, and what agreements refuse; a wrong code
    counts as a try, and what else is refused leaves it as good as it was.
    """
    _customer_of(applicant, case)
    try:
        with transaction.atomic():
            case = _open_and_locked(case, at)
            waiting = unsigned(texts_of(case))
            if set(shown) != set(waiting):
                raise TextHasChanged
            _check_code(case, code, waiting, at)
            return agreements.sign_texts(
                viewer=None,
                shown=shown,
                party=Signature.Party.CUSTOMER,
                method=Signature.Method.PHONE_CODE,
                evidence=evidence,
                at=at,
            )
    except CodeWrong:
        _count_try(case)
        raise


@transaction.atomic
def seal(
    *,
    viewer: Any,
    case: Case,
    shown: Mapping[AgreementText, str],
    evidence: SignatureEvidence,
    at: dt.datetime,
) -> list[Signature]:
    """The office signs every text of the case that waits for it, with the account that is signed in.

    Raises CaseEnded and what agreements refuse.
    """
    _open_and_locked(case, at)
    return agreements.sign_texts(
        viewer=viewer,
        shown=shown,
        party=Signature.Party.SUPPLIER,
        method=Signature.Method.ACCOUNT,
        evidence=evidence,
        at=at,
    )


@agreements.when_signed
def close_what_waited(viewer: Any, texts: Sequence[AgreementText], at: dt.datetime) -> None:
    """With the last signature the stage is done that waited for it, the customer's or the office's.

    Where it asks for more than signatures it stays open, and says on its own form what is missing.
    """
    for case in Case.objects.filter(texts__text__in=texts).distinct():
        standing = texts_of(case)
        if unsigned(standing):
            continue
        is_sealed = not unsigned(standing, Signature.Party.SUPPLIER)
        closes = SIGN_AGREEMENT if is_sealed else TAKE_SIGNATURE
        closer = viewer if is_sealed else Applicant(case.pk, case.number)
        desk, state = cases.desk(case), cases.state_of(case)
        for row in case.open_stages.all():
            effect = desk.wording.stages[row.stage].effect
            if effect != closes or state.suspension is not None or _asks_more(desk, state, row.stage, case):
                continue
            with suppress(Refusal), transaction.atomic():
                close_stage(viewer=closer, case=case, stage=row.stage, seen=state.seq, at=at)


def _asks_more(desk: cases.Desk, state: kernel.CaseState, stage: str, case: Case) -> bool:
    """Whether to complete a stage somebody has to answer a question."""
    wording = desk.wording.stages[stage]
    effect = effect_named(wording.effect)
    asked = set(effect.asks(case)) if effect is not None else set()
    return bool(kernel.facts_asked(desk.process, state, stage) or asked - set(wording.effect_given))


def _count_try(case: Case) -> None:
    """A wrong code is counted although the attempt itself was rolled back."""
    PhoneCode.objects.filter(case=case).update(tries=F("tries") + 1)


def _customer_of(applicant: Applicant, case: Case) -> Any:
    if applicant.case != case.pk:
        raise NotAllowed(deed=Words("签署此协议", "sign this text"))
    if case.customer is None:
        raise NoCustomer(case=case.number)
    return case.customer
