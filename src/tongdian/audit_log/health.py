"""Whether what was recorded is sealed and signed."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from tongdian.audit_log import queries
from tongdian.audit_log.models import Checkpoint, Entry
from tongdian.policy.words import Words
from tongdian.shell.health import HealthResult, aged, part

SOON = dt.timedelta(minutes=5)
A_WHILE = dt.timedelta(minutes=30)


@part("sealing", Words("封存", "Sealing"))
def sealing(at: dt.datetime) -> HealthResult:
    """The oldest entry that waits for its place."""
    oldest = Entry.objects.filter(unsealed__isnull=False).order_by("id").first()
    if oldest is None or at - oldest.at < SOON:
        waiting = queries.waiting()
        return HealthResult("ok", Words(f"{waiting} 条待封", f"{waiting} waiting"))
    age = aged(oldest.at, at)
    said = Words(f"最早待封 {age.zh}", f"oldest: {age.en}")
    return HealthResult("down", said, Words("后台任务没有封存。", "The worker does not seal."))


@part("trust", Words("信任边界", "Domain of trust"))
def trust(at: dt.datetime) -> HealthResult:
    """What the seals guard against here."""
    return HealthResult("ok" if settings.PARTS_ARE_APART else "watch", queries.trust())


@part("checkpoint", Words("检查点", "Checkpoint"))
def checkpoint(at: dt.datetime) -> HealthResult:
    """How long ago the log was signed, if it grew since."""
    last = Checkpoint.objects.order_by("-size").first()
    signed = aged(last.at if last else None, at)
    said = Words(f"上次签署：{signed.zh}", f"signed: {signed.en}")
    size = queries.StoredTree().size()
    missing = [
        str(folder)
        for folder in settings.AUDIT_CHECKPOINTS_OUTSIDE
        if last is not None and not (folder / f"{last.size:012}.txt").exists()
    ]
    if missing:
        where = "、".join(missing)
        away = Words(f"没有送达 {where}", f"it did not reach {where}")
        return HealthResult("watch", away, Words("请检查该文件夹。", "See to that folder."))
    grew = size and (last is None or last.size < size)
    newest = Entry.objects.filter(place__sequence=size - 1).first() if grew else None
    if newest is not None and at - newest.at > A_WHILE and (last is None or at - last.at > A_WHILE):
        return HealthResult("watch", said, Words("后台任务没有签署。", "The worker does not sign."))
    return HealthResult("ok", said)
