"""Texts are read and signed once by each party, and what was signed never changes."""

import io
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from PIL import Image, ImageDraw

from tests.agreements.conftest import AT
from tests.network.conftest import make_organisation
from tongdian.agreements.actions import agreeing, signing
from tongdian.agreements.models import AgreementText, Signature
from tongdian.agreements.rules import (
    CONSENT,
    AuthorityMissing,
    AuthorityNotNeeded,
    CannotTakeBack,
    CustomerSignsFirst,
    DrawingMissing,
    NameOfAnother,
    NotTheSigner,
    Proxy,
    SignatureEvidence,
    SignedAlready,
    SigningConsentMissing,
    TextHasChanged,
    TextIsSigned,
    text_hash,
)
from tongdian.allowed import NotAllowed
from tongdian.files.queries import open_file
from tongdian.parties.fields import NameMissing

pytestmark = pytest.mark.django_db


def drawn(*, ink: bool = True) -> bytes:
    picture = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    if ink:
        ImageDraw.Draw(picture).line([(10, 80), (150, 20), (290, 80)], fill="black", width=4)
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture
def agreement(town):
    return town.sign()


@pytest.fixture
def text(town, agreement):
    return signing.draw_up_for(viewer=town.officer, agreement=agreement, at=AT)


def sign(viewer, text, **given):
    usual = {"name": "王小明", "drawing": drawn(), "consent": CONSENT.zh, "ip": "10.1.2.3"}
    proved = {name: given.pop(name, usual.get(name)) for name in [*usual, "proxy"]}
    shown = {text: given.pop("shown_hash", text.body_hash)}
    said = {"party": "customer", "method": "counter", "at": AT} | given
    evidence = SignatureEvidence(user_agent="Firefox", **proved)
    (made,) = signing.sign_texts(viewer=viewer, shown=shown, evidence=evidence, **said)
    return made


def test_the_text_says_who_where_what_since_when_and_is_kept_by_its_hash(text):
    for said in ("雁山校区", "王小明", "U000", "P0", "教工住户", "8 kW", "2026-01-01", "第一条"):
        assert said in text.body
    assert text.body_hash == text_hash(text.body)
    assert text.terms["price_category"] == "教工住户"


def test_the_evidence_says_who_how_when_from_where_and_exactly_what(town, text, agreement):
    kept = sign(town.officer, text)
    assert (kept.name, kept.method, kept.at, kept.ip) == ("王小明", "counter", AT, "10.1.2.3")
    assert kept.text_hash == text_hash(text.body)
    assert kept.consent == CONSENT.zh
    assert open_file(kept.drawing).content.startswith(b"\x89PNG")
    agreement.refresh_from_db()
    assert agreement.text == text
    with pytest.raises(CannotTakeBack):
        agreeing.take_back(viewer=town.officer, agreement=agreement, at=AT)


def test_a_party_signs_once(town, text):
    sign(town.officer, text)
    with pytest.raises(SignedAlready) as refused:
        sign(town.officer, text)
    assert "用户" in refused.value.say("zh")
    assert "2026-04-12" in refused.value.say("en")


def test_a_signature_at_one_in_the_morning_is_of_that_legal_day(town, text):
    """01:00 on 13 April in Shanghai is still the 12th in UTC."""
    sign(town.officer, text, at=datetime(2026, 4, 12, 17, tzinfo=UTC))
    with pytest.raises(SignedAlready, match="2026-04-13"):
        sign(town.officer, text)


def test_the_office_signs_after_the_customer(town, text):
    with pytest.raises(CustomerSignsFirst):
        sign(town.officer, text, party="supplier", method="account")
    sign(town.officer, text)
    kept = sign(town.officer, text, party="supplier", method="account", name="", drawing=b"")
    assert (kept.name, kept.drawing, kept.by) == (town.officer.shown_name, "", town.officer)


def test_only_the_text_that_was_shown_is_signed(town, text, agreement):
    with pytest.raises(TextHasChanged):
        sign(town.officer, text, shown_hash=text_hash("something else"))
    newer = signing.draw_up_for(viewer=town.officer, agreement=agreement, at=AT, replaces=text)
    with pytest.raises(TextHasChanged):
        sign(town.officer, text)
    with pytest.raises(TextHasChanged):
        signing.draw_up_for(viewer=town.officer, agreement=agreement, at=AT, replaces=text)
    sign(town.officer, newer)
    with pytest.raises(TextIsSigned):
        signing.draw_up_for(viewer=town.officer, agreement=agreement, at=AT, replaces=newer)


def test_nothing_is_signed_without_name_drawing_and_consent(town, text):
    for refusal, given in (
        (NameMissing, {"name": " \u200b"}),
        (DrawingMissing, {"drawing": drawn(ink=False)}),
        (DrawingMissing, {"drawing": b"no picture"}),
        (DrawingMissing, {"drawing": b""}),
        (SigningConsentMissing, {"consent": ""}),
        (SigningConsentMissing, {"consent": "whatever"}),
    ):
        with pytest.raises(refusal):
            sign(town.officer, text, **given)
    assert not Signature.objects.exists()


def test_a_name_that_is_not_the_customers_is_refused(town, text):
    for name in ("不是本人", "x", "王大明"):
        with pytest.raises(NameOfAnother):
            sign(town.officer, text, name=name)
    with pytest.raises(NameMissing):
        sign(town.officer, text, name=".")
    assert not Signature.objects.exists()


def test_a_name_is_the_same_whatever_its_dots_blanks_and_width(town, text):
    town.customers[0].name = "阿卜杜拉·买买提"
    town.customers[0].save()
    assert sign(town.officer, text, name="阿卜杜拉 ．买买提").name == "阿卜杜拉 ．买买提"


def test_of_a_firm_its_contact_signs(town, text):
    town.customers[0].name, town.customers[0].contact = "桂林米香食品有限公司", "李红"
    town.customers[0].save()
    assert sign(town.officer, text, name="李红").proxy_reason == ""


def test_who_signs_for_the_customer_says_why_and_shows_by_which_authority(town, text):
    for proxy in (Proxy(reason="母亲住院", file=b""), Proxy(reason=" ", file=drawn())):
        with pytest.raises(AuthorityMissing):
            sign(town.officer, text, name="王大明", proxy=proxy)
    with pytest.raises(AuthorityNotNeeded):
        sign(town.officer, text, proxy=Proxy(reason="母亲住院", file=drawn()))
    kept = sign(town.officer, text, name="王大明", proxy=Proxy(reason="母亲住院", file=drawn()))
    assert (kept.name, kept.proxy_reason) == ("王大明", "母亲住院")
    assert open_file(kept.authorisation).content


def test_the_customer_signs_with_their_own_account_and_nobody_elses(town, text, viewer):
    own, other = viewer("customer", "ming"), viewer("customer", "other")
    town.customers[0].account = own
    town.customers[0].save()
    text.refresh_from_db()
    with pytest.raises(NotTheSigner):
        sign(other, text, method="account")
    with pytest.raises(NotAllowed):  # a customer is not at the counter
        sign(own, text)
    assert sign(own, text, method="account").by == own


def test_with_a_code_by_telephone_nobody_is_signed_in(town, text):
    assert sign(None, text, method="customer_phone_code").by is None


def test_a_text_is_not_replaced_while_it_is_signed(town, text, agreement):
    """Whoever draws up waits for a signature under way, then looks whether it stands."""
    with CaptureQueriesContext(connection) as asked:
        signing.draw_up_for(viewer=town.officer, agreement=agreement, at=AT, replaces=text)
    said = [one["sql"] for one in asked]
    locked = next(n for n, sql in enumerate(said) if "network_usagepoint" in sql and "FOR UPDATE" in sql)
    looked = next(n for n, sql in enumerate(said) if "agreements_signature" in sql)
    assert locked < looked


def test_a_stranger_neither_draws_up_nor_signs(town, text, agreement, viewer):
    stranger = viewer("officer", "wang", at=make_organisation("WC", "王城校区"))
    with pytest.raises(NotAllowed):
        signing.draw_up_for(viewer=stranger, agreement=agreement, at=AT)
    with pytest.raises(NotAllowed):
        sign(stranger, text)


def test_the_database_refuses_to_change_a_text_or_a_signature(town, text):
    kept = sign(town.officer, text)
    for rows in (AgreementText.objects.filter(pk=text.pk), Signature.objects.filter(pk=kept.pk)):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AgreementText.objects.filter(pk=text.pk).update(body="别的")


def test_the_database_refuses_a_signature_of_another_text(town, text):
    with pytest.raises(DatabaseError, match="not the text signed"), transaction.atomic(), connection.cursor():
        Signature.objects.create(
            text=text,
            text_hash=text_hash("别的"),
            party="customer",
            name="王",
            consent="同意",
            method="counter",
            at=AT,
            drawing="",
        )


def test_a_temporary_agreement_says_its_last_day_in_the_text(town):
    brief = town.sign(point=1, last_on=date(2026, 3, 31))
    text = signing.draw_up_for(viewer=town.officer, agreement=brief, at=AT)
    assert "2026-03-31" in text.body
