"""Reading notices: an account its own, staff those of their organisations."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from tongdian.allowed import NoSuchOrganisation, must_be_allowed
from tongdian.notices.models import Channel, Delivery, Notice, Reading
from tongdian.notices.rules import DEEDS, ChannelKind
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NoSuchNotice(Refusal):
    """None of that id that the viewer may see."""

    says = Words("没有这条通知。", "There is no such notice.")
    status = 404


def organisations() -> Any:
    """Organisations stand above notices, as accounts do, and are named the same way: a setting.
    Each has id, ancestors (its own id and those above), name, name_en, hotline and is_demo."""
    return apps.get_model(settings.ORGANISATION_MODEL)._default_manager.all()


def organisation(id_: UUID) -> Any:
    """One of them. Raises NoSuchOrganisation."""
    found = organisations().filter(id=id_).first()
    if found is None:
        raise NoSuchOrganisation
    return found


def open_to(viewer: Any, permission: str) -> list[Any]:
    """The organisations in which the viewer has a permission. Raises NotAllowed if in none."""
    must_be_allowed(viewer, permission, DEEDS[permission])
    return [one for one in organisations() if viewer.has_perm(permission, one)]


def told(account: Any, *, subject: str, since: dt.datetime) -> bool:
    """Whether an account was told of that subject since then."""
    return Notice.objects.filter(account=account, subject=subject, at__gt=since).exists()


def own_notices(viewer: Any) -> QuerySet[Notice]:
    """What this account was told, newest first, each with `is_read`."""
    if not getattr(viewer, "is_authenticated", False):
        return Notice.objects.none()
    read = Reading.objects.filter(notice=OuterRef("pk"))
    return (
        Notice.objects.filter(account=viewer)
        .select_related("content", "erasure")
        .annotate(is_read=Exists(read))
        .order_by("-id")
    )


def unread_count(viewer: Any, *, most: int = 100) -> int:
    """How many of them were not opened yet, counted up to `most`."""
    with connection.cursor() as cursor:  # on every page: written out, as it is asked so often
        cursor.execute(
            "select count(*) from (select from notices_notice notice where account_id = %s and not"
            " exists (select from notices_reading where notice_id = notice.id) limit %s) unread",
            [viewer.pk, most],
        )
        return int(cursor.fetchone()[0])


def own_notice(viewer: Any, id_: UUID) -> Notice:
    """One of the viewer's own. Raises NoSuchNotice."""
    found = own_notices(viewer).filter(id=id_).first()
    if found is None:
        raise NoSuchNotice
    return found


def deliveries(viewer: Any) -> QuerySet[Delivery]:
    """Deliveries of the viewer's organisations, newest first. Raises NotAllowed."""
    ids = [one.id for one in open_to(viewer, "notices.read")]
    return (
        Delivery.objects.filter(notice__organisation__in=ids)
        .select_related("notice", "notice__content", "channel")
        .order_by("-id")
    )


def of_subject(subject: str) -> QuerySet[Notice]:
    """What was said about one thing, oldest first, with its deliveries; for a page that has asked
    whether its viewer may see that thing."""
    return (
        Notice.objects.filter(subject=subject)
        .select_related("content")
        .prefetch_related("deliveries")
        .order_by("id")
    )


def channels_of(organisation: Any) -> dict[str, Channel]:
    """The enabled channel of each kind that an organisation sends over: its own, else that of the
    nearest above it."""
    depth = {one.id: len(one.ancestors) for one in organisations().filter(id__in=organisation.ancestors)}
    rows = Channel.objects.filter(organisation__in=list(depth), is_enabled=True)
    return {one.kind: one for one in sorted(rows, key=lambda one: depth[one.organisation])}


def can_text(organisation: Any) -> bool:
    """Whether it has a way to send text messages."""
    return ChannelKind.SMS in channels_of(organisation)


def channels(viewer: Any) -> list[tuple[Any, list[Channel]]]:
    """Every organisation that the viewer may set up, with its own channels. Raises NotAllowed."""
    ours = open_to(viewer, "notices.edit_channels")
    rows: dict[UUID, list[Channel]] = {}
    for one in Channel.objects.filter(organisation__in=[o.id for o in ours]).order_by("kind"):
        rows.setdefault(one.organisation, []).append(one)
    return [(one, rows.get(one.id, [])) for one in ours]


def hotline_of(sender: Any) -> str:
    """The number to call: the organisation's, else that of the nearest above it."""
    if sender.hotline:
        return str(sender.hotline)
    above = organisations().filter(id__in=sender.ancestors).exclude(hotline="")
    nearest = max(above, key=lambda one: len(one.ancestors), default=None)
    return str(nearest.hotline) if nearest else ""


def channel(viewer: Any, id_: UUID, kind: str) -> tuple[Any, Channel | None]:
    """An organisation and its own channel of a kind, for who may set it up.

    Raises NoSuchOrganisation, NotAllowed.
    """
    found = organisation(id_)
    must_be_allowed(viewer, "notices.edit_channels", DEEDS["notices.edit_channels"], found)
    return found, Channel.objects.filter(organisation=id_, kind=kind).first()
