"""Agreements and the balances that the former books claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from tongdian.agreements.actions.agreeing import reserve_numbers
from tongdian.agreements.importing.columns import Column, amount, code, day, positive, text
from tongdian.agreements.importing.kinds.kind import Candidate, Job, Kind
from tongdian.agreements.models import Agreement, ImportRow, OpeningBalance
from tongdian.agreements.queries import ClassNames
from tongdian.agreements.rules import said_period
from tongdian.bounded_days import end_after
from tongdian.network.models import UsagePoint
from tongdian.parties.models import Adoption, Customer, Organisation, since
from tongdian.policy.words import Words
from tongdian.spoken import plain

NO_POINT = Words("没有编号为“{code}”的用电（水）点", 'there is no usage point of the code "{code}"')
NO_CUSTOMER = Words("没有户号为“{number}”的用户", "there is no customer of the number {number}")
BEFORE = Words("最后一天早于第一天", "the last day is before the first")
NO_PACK = Words("{day} 没有唯一适用的文件；请填写", "no single regulation binds on {day}; name it")
NOT_BOUND = Words("{day} 没有适用“{pack}”", '"{pack}" does not bind on {day}')
UNKNOWN = Words("“{pack}”没有“{value}”；可选：{known}", '"{pack}" has no "{value}"; there are: {known}')
STANDS = Words("该点已有协议 {number}（{period}）", "the point has the agreement {number} ({period})")
IN_FILE = Words("与第 {row} 行的期间重叠", "it overlaps with row {row}")
DIFFERS = Words(
    "协议 {number} 已登记而内容不同（{what}）；请在协议页面变更",
    "the agreement {number} is entered with another {what}; change it on its page",
)
TOO_LARGE = Words(
    "超过用电点已承诺的容量 {kw} kW；请先改用电点",
    "more than the {kw} kW promised at the point; change the point first",
)
NONE_THEN = Words("该点在 {day} 没有协议", "the point has no agreement on {day}")
CLAIMED = Words(
    "已登记余额 {yuan} 元；请先撤销原导入", "a balance of {yuan} yuan is entered; undo that first"
)
FOREVER = dt.date.max


class Agreements(Kind):
    """An agreement a row: who is supplied where, since when."""

    name = "agreements"
    title = Words("供用协议", "Agreements")
    says = Words(
        "谁在哪个用电（水）点、自何日起、按哪一类价格。",
        "Who is supplied at which point, since when, in which category.",
    )
    model = Agreement

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """Point, customer, days and categories."""
        return (
            Column(
                name="point",
                title=Words("用电（水）点编号", "Usage point code"),
                takes=code,
                required=True,
                most=40,
                example="YS-M3-E",
            ),
            Column(
                name="customer",
                title=Words("户号", "Customer number"),
                takes=code,
                required=True,
                most=24,
                example="100023",
            ),
            Column(
                name="first_on",
                title=Words("开始日期", "First day"),
                takes=day,
                required=True,
                example="2021-09-01",
            ),
            Column(
                name="last_on",
                title=Words("最后一天", "Last day"),
                takes=day,
                note=Words("长期的留空", "empty while it is open"),
            ),
            Column(
                name="customer_class",
                title=Words("用户类别", "Customer class"),
                takes=text,
                required=True,
                most=40,
                example="商业用户",
            ),
            Column(
                name="price_category",
                title=Words("价格类别", "Price category"),
                takes=text,
                required=True,
                most=40,
                example="商业",
            ),
            Column(
                name="pack",
                title=Words("适用文件", "Regulation"),
                takes=code,
                most=80,
                example="gxnu-2016-4",
                note=Words("只适用一份时可留空", "empty if one only binds"),
            ),
            Column(name="capacity", title=Words("容量 kW", "Capacity kW"), takes=positive, unit="kW"),
            Column(name="signed_on", title=Words("签订日期", "Signed on"), takes=day),
        )

    def key(self, row: Candidate) -> tuple[str, str]:
        """Point and first day."""
        return row.get("point"), row.get("first_on")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Agreements at the points; points, customers, and which regulations bind."""
        points = _load_points(rows, job)
        wanted = {row.get("customer").upper() for row in rows} - set(job.table("customers"))
        ours = [*job.organisation.ancestors]
        found = Customer.objects.filter(number__in=wanted, organisation__in=ours, erased_on=None)
        job.table("customers").update((one.number, one) for one in found)
        if "adoptions" not in job.found:
            rows_ = Adoption.objects.filter(organisation__in=ours).values_list("pack", "in_force")
            job.found["adoptions"] = list(rows_)
        present = {}
        held = Agreement.objects.filter(usage_point__in=[one.pk for one in points.values()])
        taken = job.table("taken")
        for one in held.select_related("usage_point", "customer"):
            point = one.usage_point.code
            taken.setdefault(point, {})[one.pk] = one
            present[point, one.first_on.isoformat()] = one
        return present

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """Everything that it names exists, and no other agreement holds then."""
        point = job.table("points").get(row.get("point"))
        if point is None:
            row.refuse("point", NO_POINT.fill(code=row.get("point")))
        if row.get("customer").upper() not in job.table("customers"):
            row.refuse("customer", NO_CUSTOMER.fill(number=row.get("customer")))
        first, before = _days(row)
        if before is not None and before <= first:
            row.refuse("last_on", BEFORE)
        self._find_pack(row, first, job)
        if row.reasons or point is None:
            return
        self._find_categories(row, point, job)
        wanted = row.get("capacity")
        if wanted and point.capacity_kw is not None and Decimal(wanted) > point.capacity_kw:
            row.refuse("capacity", TOO_LARGE.fill(kw=plain(point.capacity_kw)))
        if row.reasons:
            return
        if present is not None:
            self._is_the_same(row, present)
        else:
            self._is_free(row, first, before, job)

    def _find_pack(self, row: Candidate, first: dt.date, job: Job) -> None:
        bound = {pack for pack, in_force in job.found["adoptions"] if first in in_force}
        if not row.get("pack"):
            if len(bound) == 1:
                row.values["pack"] = bound.pop()
            else:
                row.refuse("pack", NO_PACK.fill(day=first))
        elif row.get("pack") not in bound:
            row.refuse("pack", NOT_BOUND.fill(pack=row.get("pack"), day=first))

    def _find_categories(self, row: Candidate, point: UsagePoint, job: Job) -> None:
        pack, names_of = row.get("pack"), job.found.setdefault("names", ClassNames())
        for column, names in (
            ("customer_class", names_of.classes(pack)),
            ("price_category", names_of.categories(pack, point.utility)),
        ):
            value = row.get(column)
            for key, words in names.items():
                if value.casefold() in (key, words.zh.casefold(), words.en.casefold()):
                    row.values[column] = key
                    break
            else:
                if names:
                    known = list(names.values())
                    row.refuse(column, UNKNOWN.fill(pack=pack, value=value, known=known))

    def _is_the_same(self, row: Candidate, present: Agreement) -> None:
        last_on = present.last_on
        now = {
            "customer": present.customer.number,
            "last_on": last_on.isoformat() if last_on else "",
            "customer_class": present.customer_class,
            "price_category": present.price_category,
            "pack": present.pack,
            "capacity": "" if present.capacity_kw is None else f"{present.capacity_kw:.2f}",
            "signed_on": present.signed_on.isoformat() if present.signed_on else "",
        }
        titles = {column.name: column.title for column in self.columns(None)}
        for name, value in now.items():
            given = row.get(name).upper() if name == "customer" else row.get(name)
            if given != value and (given or name == "last_on"):
                row.refuse(name, DIFFERS.fill(number=present.number, what=titles[name]))

    def _is_free(self, row: Candidate, first: dt.date, before: dt.date | None, job: Job) -> None:
        until = before or FOREVER
        for one in job.table("taken").get(row.get("point"), {}).values():
            if one.first_on < until and first < (one.in_force.upper or FOREVER):
                period = said_period(one.in_force.lower, one.in_force.upper)
                row.refuse("first_on", STANDS.fill(number=one.number, period=period))
                return
        in_file = job.table("in the file").setdefault(row.get("point"), [])
        for start, end, number in in_file:
            if start < until and first < end:
                row.refuse("first_on", IN_FILE.fill(row=number))
                return
        in_file.append((first, until, row.number))

    def build(self, row: Candidate, job: Job) -> Agreement:
        """An agreement with a number of this organisation's series."""
        first, before = _days(row)
        point = job.table("points")[row.get("point")]
        capacity = Decimal(row.get("capacity")) if row.get("capacity") else point.capacity_kw
        numbers = job.table("numbers").setdefault(first.year, [])
        if not numbers:  # a hundred at a time; what is left over is skipped
            numbers.extend(reserve_numbers(job.organisation, year=first.year, count=100))
        return Agreement(
            number=numbers.pop(0),
            organisation=job.organisation,
            usage_point=point,
            customer=job.table("customers")[row.get("customer").upper()],
            in_force=since(first, before),
            pack=row.get("pack"),
            capacity_kw=capacity,
            customer_class=row.get("customer_class"),
            price_category=row.get("price_category"),
            signed_on=dt.date.fromisoformat(row.get("signed_on")) if row.get("signed_on") else None,
            begun_by=Agreement.Begun.IMPORTED,
        )

    def ignores(self, model: Any) -> bool:
        """Balances hold an agreement only while they are not reversed; see `dependants`."""
        return model is OpeningBalance

    def dependants(self, ids: Sequence[Any], made: set[UUID]) -> list[str]:
        """Balances that stand count too."""
        found = super().dependants(ids, made)
        standing = OpeningBalance.objects.filter(agreement__in=ids, reverses=None, reversed_by=None).count()
        return [*found, f"{OpeningBalance._meta.verbose_name_plural} ({standing})"] if standing else found


class Balances(Kind):
    """An opening balance a row: owed (+) or prepaid (−)."""

    name = "balances"
    title = Words("期初余额", "Opening balances")
    says = Words(
        "原账上每份协议的欠款（正数）或预存（负数）。",
        "What each agreement owed (+) or had prepaid (−) in the former books.",
    )
    model = OpeningBalance

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """Point, day and amount."""
        return (
            Column(
                name="point",
                title=Words("用电（水）点编号", "Usage point code"),
                takes=code,
                required=True,
                most=40,
                example="YS-M3-E",
            ),
            Column(
                name="as_of", title=Words("余额日期", "As of"), takes=day, required=True, example="2026-06-30"
            ),
            Column(
                name="yuan",
                title=Words("余额 元", "Balance yuan"),
                takes=amount,
                unit="yuan",
                required=True,
                example="128.40",
                note=Words("欠款为正，预存为负", "owed is positive, prepaid negative"),
            ),
            Column(name="note", title=Words("备注", "Note"), takes=text, most=200),
        )

    def key(self, row: Candidate) -> tuple[str, str]:
        """Point and day."""
        return row.get("point"), row.get("as_of")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Balances that stand, and the agreements at the points."""
        points = _load_points(rows, job)
        held = Agreement.objects.filter(usage_point__in=[one.pk for one in points.values()])
        by_point = job.table("agreements")
        for one in held.select_related("usage_point"):
            by_point.setdefault(one.usage_point.code, {})[one.pk] = one
        claims = OpeningBalance.objects.filter(
            agreement__in=held.values("pk"), reverses=None, reversed_by=None
        ).select_related("agreement__usage_point")
        return {(claim.agreement.usage_point.code, claim.as_of.isoformat()): claim for claim in claims}

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """An agreement holds then, and no other balance is claimed for it."""
        if row.get("point") not in job.table("points"):
            row.refuse("point", NO_POINT.fill(code=row.get("point")))
        elif self._agreement(row, job) is None:
            row.refuse("as_of", NONE_THEN.fill(day=row.get("as_of")))
        elif present is not None and present.yuan != Decimal(row.get("yuan")):
            row.refuse("yuan", CLAIMED.fill(yuan=plain(present.yuan)))
        elif present is not None and row.get("note") not in ("", present.note):
            row.refuse("note", CLAIMED.fill(yuan=plain(present.yuan)))

    def _agreement(self, row: Candidate, job: Job) -> Agreement | None:
        on = dt.date.fromisoformat(row.get("as_of"))
        held = job.table("agreements").get(row.get("point"), {}).values()
        return next((one for one in held if on in one.in_force), None)

    def build(self, row: Candidate, job: Job) -> OpeningBalance:
        """A claim."""
        return OpeningBalance(
            agreement=self._agreement(row, job),
            as_of=dt.date.fromisoformat(row.get("as_of")),
            yuan=Decimal(row.get("yuan")),
            note=row.get("note"),
            at=job.at,
            by=job.viewer,
        )

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """Claims are reversed: the table only grows."""
        ids = [row.subject for row in rows if row.fate == ImportRow.Fate.NEW and row.subject]
        claims = OpeningBalance.objects.filter(pk__in=ids, reversed_by=None)
        OpeningBalance.objects.bulk_create(
            OpeningBalance(
                agreement_id=claim.agreement_id,
                as_of=claim.as_of,
                yuan=-claim.yuan,
                note=claim.note,
                reverses=claim,
                at=job.at,
                by=job.viewer,
            )
            for claim in claims
        )

    def ignores(self, model: Any) -> bool:
        """A reversal made meanwhile is no reason against undoing."""
        return model is OpeningBalance


def _load_points(rows: Sequence[Candidate], job: Job) -> dict[str, UsagePoint]:
    known: dict[str, UsagePoint] = job.table("points")
    codes = {row.get("point") for row in rows}
    missing = codes - set(known)
    found = UsagePoint.objects.filter(code__in=missing, place__organisation=job.organisation)
    known.update((one.code, one) for one in found.select_related("place"))
    return {key: known[key] for key in codes if key in known}


def _days(row: Candidate) -> tuple[dt.date, dt.date | None]:
    first = dt.date.fromisoformat(row.get("first_on"))
    last = row.get("last_on")
    return first, end_after(dt.date.fromisoformat(last)) if last else None
