"""The privacy notice published anew; consent to it recorded and withdrawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.bounded_days import checked
from tongdian.calendar import legal_day
from tongdian.parties.models import Consent, Customer, PrivacyNotice
from tongdian.parties.privacy import first_notice, notice_on
from tongdian.parties.queries import standing_consent
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

PUBLISH = Words("发布个人信息处理告知", "publish a privacy notice")
WITHDRAW = Words("登记撤回同意", "record that consent is withdrawn")


class ConsentMissing(Refusal):
    """Personal information without consent to how it is handled (13, 14)."""

    says = Words(
        "申请人尚未同意《个人信息处理告知》第 {version} 版，不能收取个人信息；请阅读后勾选同意，"
        "或到服务窗口递交纸质申请。",
        "The applicant has not consented to version {version} of the privacy notice: no personal "
        "information may be taken. Read it and tick your consent, or apply on paper at the counter.",
    )


class IdentityConsentMissing(Refusal):
    """An identity document without the separate consent that sensitive information needs (29)."""

    says = Words(
        "证件属于敏感个人信息，须单独同意；请勾选对证件的单独同意，或到服务窗口递交纸质申请。",
        "An identity document is sensitive personal information and needs a separate consent: tick "
        "it, or apply on paper at the counter.",
    )


class PaperConsentMissing(Refusal):
    """A clerk enters a person's identity number and does not say that the person agreed (29)."""

    says = Words(
        "登记个人证件号码前，须向本人出示《个人信息处理告知》第 {version} 版并取得其单独的书面同意；"
        "请勾选后登记，或将证件号码留空。",
        "Before a person's identity number is entered, show them version {version} of the privacy "
        "notice and have their separate consent in writing: tick that, or leave the number empty.",
    )
    field = "consent"


class NoticeNotWhole(Refusal):
    """A notice that leaves out a part or a language, or does not say who handles (17)."""

    says = Words(
        "告知的中英文各部分都要填写，并写明 {{office}} 和 {{phone}}（处理者及其电话）。",
        "Write every part in both languages, with {{office}} and {{phone}}: who handles, and "
        "their telephone.",
    )


class NoticeWouldReachBack(Refusal):
    """A new version that begins today or before, or before the one it follows."""

    says = Words(
        "新版告知须自 {on} 之后的日期起生效；已发布的版本不能更改。",
        "A new version begins after {on}: what was published is never changed.",
    )


class NothingToWithdraw(Refusal):
    """A withdrawal without a consent that stands."""

    says = Words(
        "用户 {number} 没有有效的同意可以撤回。", "Customer {number} has no consent that could be withdrawn."
    )


@dataclass(frozen=True)
class Consented:
    """What somebody ticked: the version read, and separately the identity document."""

    version: int
    identity: bool
    door: str


def publish_notice(
    *, viewer: Any, first_on: dt.date, zh: str, en: str, identity_zh: str, identity_en: str, at: dt.datetime
) -> PrivacyNotice:
    """Publish the next version, in force from a day to come.

    Raises NotAllowed, NoticeNotWhole, NoticeWouldReachBack, DayOutOfBounds.
    """
    must_be_allowed(viewer, "parties.publish_privacy_notice", PUBLISH)
    checked(first_on)
    parts = [one.strip() for one in (zh, en, identity_zh, identity_en)]
    if not all(parts) or any(name not in text for text in parts[:2] for name in ("{office}", "{phone}")):
        raise NoticeNotWhole
    with transaction.atomic():
        with connection.cursor() as cursor:  # two administrators never publish one number
            cursor.execute("select pg_advisory_xact_lock(hashtext('privacy notice'))")
        last = PrivacyNotice.objects.aggregate(version=Max("version"), first_on=Max("first_on"))
        after = max(legal_day(at), last["first_on"] or first_notice().first_on)
        if first_on <= after:
            raise NoticeWouldReachBack(on=after)
        row = PrivacyNotice.objects.create(
            version=(last["version"] or first_notice().version) + 1,
            first_on=first_on,
            zh=parts[0],
            en=parts[1],
            identity_zh=parts[2],
            identity_en=parts[3],
            by=viewer,
            at=at,
        )
        record(
            actor=viewer.actor,
            action="publish-privacy-notice",
            subject=f"privacy-notice:{row.version}",
            payload={"first_on": str(first_on)},
            at=at,
        )
    return row


def check_consent(consented: Consented | None, *, takes_identity: bool, at: dt.datetime) -> Consented:
    """The consent, if it is to the version in force. Raises ConsentMissing, IdentityConsentMissing."""
    now = notice_on(legal_day(at))
    if consented is None or consented.version != now.version:
        raise ConsentMissing(version=now.version)
    if takes_identity and not consented.identity:
        raise IdentityConsentMissing
    return consented


def record_consent(*, viewer: Any, customer: Customer, consented: Consented, at: dt.datetime) -> Consent:
    """Keep a consent that `check_consent` let pass."""
    return _keep(viewer, customer, consented, at, is_withdrawn=False)


def withdraw_consent(*, viewer: Any, customer: Customer, door: str, at: dt.datetime) -> Consent:
    """Record that a customer withdraws consent (15): a further row, what was done stays done.

    Raises NotAllowed, NothingToWithdraw.
    """
    must_be_allowed(viewer, "parties.edit_customer", WITHDRAW, customer.organisation)
    with transaction.atomic():
        Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
        last = standing_consent(customer)
        if last is None:
            raise NothingToWithdraw(number=customer.number)
        gone = Consented(last.version, last.identity, door)
        return _keep(viewer, customer, gone, at, is_withdrawn=True)


def _keep(
    viewer: Any, customer: Customer, said: Consented, at: dt.datetime, *, is_withdrawn: bool
) -> Consent:
    with transaction.atomic():
        row = Consent.objects.create(
            customer=customer,
            version=said.version,
            identity=said.identity,
            door=said.door,
            is_withdrawn=is_withdrawn,
            by=viewer.actor,
            at=at,
        )
        record(
            actor=viewer.actor,
            action="withdraw-consent" if is_withdrawn else "consent",
            subject=f"customer:{customer.number}",
            payload={"version": said.version, "identity": said.identity, "door": said.door},
            at=at,
        )
    return row
