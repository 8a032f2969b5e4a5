"""A group presses its suppliers to finish in time and in order (通知/2(4)). It looks on; they file for themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.supervision.fields import GROUP_REMINDER
from tongdian.supervision.models import GroupReminder
from tongdian.supervision.queries.groups import SupplierGroup, subsidiaries, supplier_group
from tongdian.supervision.queries.offices import form_of, responsible
from tongdian.supervision.refusing import NotASupplier
from tongdian.supervision.rules import REMIND

NO_DUTY = Words("不是它的任务，也不是它的报表", "it is no task and no return of that supplier")


@action("remind-supplier", may=REMIND, within="organisation", fields=GROUP_REMINDER)
def remind_supplier(
    *, viewer: Any, organisation: Organisation, supplier: Organisation, about: str, text: str, at: dt.datetime
) -> GroupReminder:
    """A group reminds one of its suppliers of a task (`about` its clause) or of a return (form/period).

    Raises NotAllowed, NotAGroup, NotASupplier, BadValue.
    """
    today = legal_day(at)
    here = supplier_group(organisation, today)
    if supplier.pk not in {one.pk for one in subsidiaries(here, today)}:
        raise NotASupplier(supplier=supplier.name)
    if not _is_duty(here, supplier, about, today):
        raise GROUP_REMINDER["about"].bad(NO_DUTY)
    return GroupReminder.objects.create(
        organisation=organisation, to=supplier, pack=here.pack.id, about=about, text=text, at=at, by=viewer
    )


def _is_duty(here: SupplierGroup, supplier: Organisation, about: str, today: dt.date) -> bool:
    clause = here.pack.clauses.get(about)
    if clause is not None:
        return bool(responsible(here.pack, supplier) & set(clause.offices))
    key, _, period = about.partition("/")
    form = form_of(here.pack, key, today)
    return form is not None and form.period(supplier, period) is not None
