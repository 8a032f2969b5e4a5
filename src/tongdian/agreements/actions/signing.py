"""Texts are drawn up, read and signed; what was signed never changes (NEA 2021-37, task 21)."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from PIL import Image, UnidentifiedImageError

from tongdian.agreements.models import Agreement, AgreementText, Signature
from tongdian.agreements.queries import ClassNames
from tongdian.agreements.rules import (
    CONSENT,
    SIGN,
    AuthorityMissing,
    AuthorityNotNeeded,
    CustomerSignsFirst,
    DrawingMissing,
    NameOfAnother,
    NotTheSigner,
    SignatureEvidence,
    SignedAlready,
    SigningConsentMissing,
    TextHasChanged,
    TextIsSigned,
    folded_name,
    is_name_of,
    text_hash,
)
from tongdian.agreements.wording import Terms, body_of, title_of
from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.files.actions import keep_document, store
from tongdian.files.rules import MediaType
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.parties.fields import NameMissing
from tongdian.parties.models import Customer
from tongdian.plain_text import legible
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook.queries import pack as rulebook_pack

Party, Method = Signature.Party, Signature.Method
PARTIES = {Party.CUSTOMER: Words("用户", "customer"), Party.SUPPLIER: Words("供应方", "supplier")}
LARGEST_DRAWING = 300_000  # bytes
SMALLEST_INK = 40  # dark points: fewer are a slip of the finger


@transaction.atomic
def draw_up(
    *,
    viewer: Any,
    customer: Customer,
    usage_point: UsagePoint,
    title: str,
    body: str,
    terms: dict[str, str],
    at: datetime,
    replaces: AgreementText | None = None,
    pdf: bytes = b"",
) -> AgreementText:
    """Keep a text to be signed, in place of an unsigned one if `replaces` names it.

    `pdf` is the same text as printed. Raises NotAllowed, TextIsSigned, TextHasChanged.
    """
    organisation = usage_point.place.organisation
    must_be_allowed(viewer, "agreements.sign", SIGN, organisation)
    UsagePoint.objects.select_for_update().get(pk=usage_point.pk)  # nobody signs what is replaced now
    if replaces is not None:
        replaces = AgreementText.objects.get(pk=replaces.pk)
        if replaces.signatures.exists():
            raise TextIsSigned
        if AgreementText.objects.filter(replaces=replaces).exists():
            raise TextHasChanged
    text = AgreementText.objects.create(
        organisation=organisation,
        customer=customer,
        usage_point=usage_point,
        title=title,
        body=body,
        body_hash=text_hash(body),
        terms=terms,
        replaces=replaces,
        drawn_at=at,
        drawn_by=viewer,
        pdf=keep_document(content=pdf, at=at).hash if pdf else "",
    )
    _record(viewer.actor, "draw-up-text", text, at, hash=text.body_hash)
    return text


def draw_up_for(
    *, viewer: Any, agreement: Agreement, at: datetime, replaces: AgreementText | None = None
) -> AgreementText:
    """Draw up the text of an agreement as it stands. Raises what `draw_up` does."""
    point, organisation, pack = agreement.usage_point, agreement.organisation, agreement.pack
    customer_class, category = ClassNames().said(agreement, "zh")
    terms = Terms(
        supplier=organisation.name,
        customer=agreement.customer.name,
        customer_number=agreement.customer.number,
        place=point.place.name,
        usage_point=point.code,
        is_power=point.utility == Utility.POWER,
        regulation=rulebook_pack(pack).title.zh,
        customer_class=customer_class,
        price_category=category,
        capacity_kw=agreement.capacity_kw,
        first_on=agreement.first_on,
        last_on=agreement.last_on if agreement.is_temporary else None,
        hotline=organisation.hotline,
    )
    return draw_up(
        viewer=viewer,
        customer=agreement.customer,
        usage_point=point,
        title=title_of(terms),
        body=body_of(terms),
        terms=terms.as_json(),
        at=at,
        replaces=replaces,
    )


# What else a signature brings about, such as that a stage is done which waited for it.
_after: list[Callable[[Any, list[AgreementText], datetime], None]] = []


def when_signed(
    do: Callable[[Any, list[AgreementText], datetime], None],
) -> Callable[[Any, list[AgreementText], datetime], None]:
    """Do this after every signature, in its transaction: told the viewer, the texts and when."""
    _after.append(do)
    return do


@transaction.atomic
def sign_texts(
    *,
    viewer: Any,
    shown: Mapping[AgreementText, str],
    party: str,
    method: str,
    evidence: SignatureEvidence,
    at: datetime,
) -> list[Signature]:
    """Sign in one sitting exactly the texts that were shown, each once: all of them or none.

    `shown` has the hash of each text as it was on the screen. `viewer` is the signer's account, or
    with the method `counter` the clerk's, or None with `customer_phone_code`, whose caller has checked
    the code. Raises NotAllowed, NotTheSigner, SignedAlready, TextHasChanged, CustomerSignsFirst,
    ConsentMissing, NameMissing, NameOfAnother, AuthorityMissing, AuthorityNotNeeded, DrawingMissing,
    and what `files` refuses.
    """
    for text in shown:
        _must_be_the_signer(viewer, text, party, method)
    kept = AgreementText.objects.select_related("usage_point", "customer", "organisation")
    texts = {text: shown[text] for text in kept.filter(pk__in=[one.pk for one in shown]).order_by("pk")}
    points = UsagePoint.objects.filter(pk__in=[text.usage_point_id for text in texts]).order_by("pk")
    list(points.select_for_update())  # one signature at a time
    for text, shown_hash in texts.items():
        _must_be_signable(text, shown_hash, party)
    if evidence.consent not in CONSENT:
        raise SigningConsentMissing
    said = _as_supplier(viewer) if party == Party.SUPPLIER else _as_customer(evidence, texts, at)
    made = [
        Signature.objects.create(
            text=text,
            text_hash=text.body_hash,
            party=party,
            consent=evidence.consent,
            method=method,
            by=viewer,
            at=at,
            ip=evidence.ip,
            user_agent=legible(evidence.user_agent)[:300],
            **said,
        )
        for text in texts
    ]
    for text in texts:
        if party == Party.CUSTOMER:
            _link(text)
        actor = viewer.actor if viewer is not None else f"customer:{text.customer_id}"
        _record(actor, "sign-text", text, at, party=party, method=method, hash=text.body_hash)
    for do in _after:
        do(viewer, list(texts), at)
    return made


def _must_be_signable(text: AgreementText, shown_hash: str, party: str) -> None:
    before = Signature.objects.filter(text=text, party=party).first()
    if before is not None:
        raise SignedAlready(party=PARTIES[Party(party)], day=legal_day(before.at))
    if shown_hash != text.body_hash or AgreementText.objects.filter(replaces=text).exists():
        raise TextHasChanged
    signed_by_customer = Signature.objects.filter(text=text, party=Party.CUSTOMER).exists()
    if party == Party.SUPPLIER and not signed_by_customer:
        raise CustomerSignsFirst


def _as_supplier(viewer: Any) -> dict[str, str]:
    """The session is the evidence: nobody types a name that the account has."""
    return {"name": viewer.shown_name[:60]}


def _as_customer(evidence: SignatureEvidence, texts: Iterable[AgreementText], at: datetime) -> dict[str, str]:
    typed = "".join(one for one in evidence.name if unicodedata.category(one)[0] != "C").strip()
    if not folded_name(typed):
        raise NameMissing
    proxy = evidence.proxy
    own = all(is_name_of(typed, _signs_for(text.customer)) for text in texts)
    if proxy is not None:
        if own:
            raise AuthorityNotNeeded(name=typed).about("proxy_reason")
        if not proxy.reason.strip() or not proxy.file:
            raise AuthorityMissing().about("proxy_reason")
    elif not own:
        customer = next(text.customer.name for text in texts)
        raise NameOfAnother(name=typed, customer=customer).about("name")
    said = {"name": typed[:60], "drawing": _kept_drawing(evidence.drawing, at)}
    if proxy is not None:
        said["proxy_reason"] = proxy.reason.strip()
        said["authorisation"] = str(store(content=proxy.file, at=at).hash)
    return said


def _signs_for(customer: Customer) -> tuple[str, ...]:
    """Who signs as the customer: of a firm whom to ask for, too; of a person nobody else."""
    is_firm = customer.kind == Customer.Kind.FIRM
    return (customer.name, customer.contact) if is_firm else (customer.name,)


def _link(text: AgreementText) -> None:
    """The agreement in force between the two gets its signed text, if it has none yet."""
    waiting = (
        Agreement.objects.filter(
            customer=text.customer, usage_point=text.usage_point, text=None, following=None
        )
        .order_by("-in_force")
        .first()
    )
    if waiting is not None and text.terms.get("first_on") == str(waiting.first_on):
        waiting.text = text
        waiting.save(update_fields=["text"])


def _must_be_the_signer(viewer: Any, text: AgreementText, party: str, method: str) -> None:
    if party == Party.SUPPLIER or method == Method.COUNTER:
        must_be_allowed(viewer, "agreements.sign", SIGN, text.organisation)
    elif method == Method.ACCOUNT and text.customer.account_id != viewer.pk:
        raise NotTheSigner


def _kept_drawing(drawing: bytes, at: datetime) -> str:
    """The hash of the picture, drawn anew by `files` so that it holds nothing but the picture."""
    try:
        if len(drawing) > LARGEST_DRAWING or not _has_ink(drawing):
            raise DrawingMissing
        kept = store(content=drawing, at=at, allowed=frozenset({MediaType.PNG}))
    except DrawingMissing:
        raise
    except (Refusal, UnidentifiedImageError, OSError, ValueError):
        raise DrawingMissing from None
    return str(kept.hash)


def _has_ink(drawing: bytes) -> bool:
    with Image.open(io.BytesIO(drawing), formats=("PNG",)) as picture:
        if max(picture.size) > 4_000:
            return False
        ground = Image.new("RGBA", picture.size, "white")
        grey = Image.alpha_composite(ground, picture.convert("RGBA")).convert("L")
        return sum(grey.histogram()[:128]) >= SMALLEST_INK


def _record(actor: str, action: str, text: AgreementText, at: datetime, **payload: Any) -> None:
    record(actor=actor, action=action, subject=f"agreement-text:{text.pk}", payload=payload, at=at)
