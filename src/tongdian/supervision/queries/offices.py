"""Which organisations a document's offices are, and who files to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from tongdian.calendar import region_prefix
from tongdian.parties.models import Adoption, Organisation
from tongdian.parties.permissions import GOVERNMENT, SUPERVISED, SUPERVISING, grants
from tongdian.parties.queries import packs_of_each
from tongdian.parties.rules import PERMISSIONS
from tongdian.policy.clauses import Clause, OfficeKind
from tongdian.policy.form_lines import FormLine, whole_of
from tongdian.policy.kinds.filing import Filer, FilingPeriod, FilingRule
from tongdian.policy.kinds.filing import FilingVersion as FormVersion
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.regions import NATION, level_of
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.rules import READ


@dataclass(frozen=True)
class ReturnForm:
    """A form of a pack as it is on a day."""

    pack: Pack
    rule: FilingRule
    version: FormVersion
    taken: dict[str, str]

    @property
    def key(self) -> str:
        """Its rule."""
        return self.rule.rule

    @property
    def title(self) -> Any:
        """Its name."""
        return self.rule.title

    def filer(self, organisation: Organisation) -> Filer | None:
        """As what office an organisation files it."""
        mine = set(offices_of(self.pack, organisation))
        return next((one for one in self.rule.filers(self.version, self.taken) if one.by in mine), None)

    def title_of(self, organisation: Organisation) -> Words:
        """Its name as that office files it: of a supplier its own plan, where the pack names it so."""
        filer = self.filer(organisation)
        return (filer.title if filer else None) or self.rule.title

    def short_of(self, organisation: Organisation) -> Words:
        """The same in few words."""
        filer = self.filer(organisation)
        return (filer.title if filer else None) or self.rule.short or self.rule.title

    def note_of(self, organisation: Organisation) -> Words | None:
        """What is said of it to that office."""
        filer = self.filer(organisation)
        return (filer.note if filer else None) or self.rule.note

    def lines(self, organisation: Organisation) -> list[FormLine]:
        """The rows that an office fills in."""
        return self.rule.lines(self.pack, self.version, self.filer(organisation))

    def period(self, organisation: Organisation, key: str) -> FilingPeriod | None:
        """A period that the organisation files for."""
        filer = self.filer(organisation)
        return self.rule.period(self.version, filer, key) if filer else None

    def periods(self, *, first: dt.date, last: dt.date) -> list[FilingPeriod]:
        """Those due between two days, of whichever office."""
        found = {
            one.key: one
            for filer in reversed(self.version.filed)
            for one in self.rule.periods(self.version, filer, first=first, last=last)
        }
        return sorted(found.values(), key=lambda one: one.due)


def form_of(pack: Pack, key: str, on: dt.date) -> ReturnForm | None:
    """A form by its rule; None where there is none on that day."""
    rule = pack.rules.get(key)
    if not isinstance(rule, FilingRule):
        return None
    taken = rule.taken(pack, {})
    starts = [one.in_force.start for one in rule.versions]
    return ReturnForm(pack, rule, rule.version_on(max(on, min(starts)), taken), taken)


def forms_of(pack: Pack, on: dt.date) -> list[ReturnForm]:
    """Every form of a pack."""
    return [
        form
        for key, rule in pack.rules.items()
        if isinstance(rule, FilingRule) and (form := form_of(pack, key, on)) is not None
    ]


def office_named(short: str, on: dt.date | None = None) -> Organisation | None:
    """An organisation by its short name, with its divisions; with `on`, one that is in force on the day."""
    rows = Organisation.objects.filter(short=short)
    if on is not None:
        rows = rows.filter(in_force__contains=on)
    return rows.select_related("region").prefetch_related("regions").first()


def supervising_packs(organisation: Organisation, on: dt.date) -> list[Pack]:
    """The packs that bind an organisation and have something to file."""
    return supervising_each([organisation], on)[organisation.pk]


def supervising_each(organisations: Sequence[Organisation], on: dt.date) -> dict[UUID, list[Pack]]:
    """`supervising_packs` of several organisations, by their ids."""
    found = {
        id_: [pack for one in adopted if (pack := rulebook.pack(one.pack)).head.uses.offices]
        for id_, adopted in packs_of_each(organisations, on=on).items()
    }
    lacking = [one for one in organisations if not found.get(one.pk)]
    for one, packs in _of_who_is_over(lacking, on) if lacking else ():
        found[one.pk] = packs
    return found


def _of_who_is_over(
    organisations: Sequence[Organisation], on: dt.date
) -> Iterator[tuple[Organisation, list[Pack]]]:
    """The packs of those over organisations that adopted none here and are offices of such a document: it binds
    them all the same, and who receives what they file looks at it."""
    rows = Adoption.objects.filter(organisation__kind__in=SUPERVISING, in_force__contains=on)
    adopted = [
        (row.organisation, rulebook.pack(row.pack))
        for row in rows.select_related("organisation__region").prefetch_related("organisation__regions")
    ]
    for one in organisations:
        packs = {
            pack.id: pack for over_it, pack in adopted if offices_of(pack, one) and covering([over_it], one)
        }
        yield one, list(packs.values())


def offices_of(pack: Pack, organisation: Organisation) -> list[str]:
    """The offices of a pack's document that an organisation is."""
    level = level_of_competence(organisation)
    return [
        name
        for name, one in pack.head.uses.offices.items()
        if kind_of(one) == organisation.kind and one.level in (None, level)
    ]


def offices_of_clause(pack: Pack, clause: Clause) -> tuple[str, ...]:
    """To which offices a task or a standard is given: a part has those of its indicator."""
    if clause.offices:
        return tuple(clause.offices)
    whole = whole_of(pack, clause)
    return tuple(whole.offices) if whole is not None else ()


def responsible(pack: Pack, organisation: Organisation) -> set[str]:
    """The offices whose tasks are those of an organisation: its own, of a grid company those of suppliers
    (附件1/注1), and where it is a department below the province those of the province, which are broken down to
    it (通知/1(4))."""
    mine = set(offices_of(pack, organisation))
    kinds = {pack.head.uses.offices[one].kind for one in mine}
    mine |= {one for name in mine if (one := pack.head.uses.offices[name].tasks_of) is not None}
    return mine | {name for name, one in pack.head.uses.offices.items() if one.kind in kinds}


def kind_of(office: OfficeKind) -> str:
    """The kind of organisation that a pack writes as an id: price-authority."""
    return office.kind.replace("-", "_")


def level_of_competence(organisation: Organisation) -> str:
    """Of the widest division that it is competent for; without any, of its seat."""
    return level_of(codes_of(organisation)[0])


def codes_of(organisation: Organisation) -> list[str]:
    """The divisions that it is competent for or supplies, the widest first; without any, its seat."""
    codes = [one.code for one in organisation.regions.all()] or [organisation.region_id]
    return sorted(codes, key=lambda code: (len(prefix_of(code)), code))


def is_alone(organisation: Organisation, on: dt.date) -> bool:
    """Whether no other office of its kind is competent for the same division on a day."""
    code = codes_of(organisation)[0]
    others = Organisation.objects.filter(kind=organisation.kind, in_force__contains=on)
    others = others.filter(regions__code=code).exclude(pk=organisation.pk).prefetch_related("regions")
    return not any(codes_of(one)[0] == code for one in others)


def prefix_of(code: str) -> str:
    """What the codes of all divisions in it begin with; of the nation nothing."""
    return "" if code == NATION else region_prefix(code)


def over(codes: Iterable[str]) -> Q:
    """Organisations with a division that holds one of these, and some more: `covering` decides."""
    listed = {NATION}.union(*({code, *(code[:n].ljust(6, "0") for n in (2, 4, 6))} for code in codes))
    return Q(regions__code__in=listed) | Q(region__in=listed)


def inside(codes: Iterable[str]) -> Q:
    """Organisations with a division that lies in one of these."""
    where = Q()
    for prefix in {prefix_of(code) for code in codes}:
        where |= Q(regions__code__startswith=prefix) | Q(region__code__startswith=prefix)
    return where


def covering(candidates: Iterable[Organisation], organisation: Organisation) -> list[Organisation]:
    """Those whose divisions hold that of an organisation, the nearest first."""
    code = codes_of(organisation)[0]
    found = [
        (len(prefix), one)
        for one in candidates
        for prefix in [
            max((prefix_of(c) for c in codes_of(one) if code.startswith(prefix_of(c))), key=len, default=None)
        ]
        if prefix is not None and one.pk != organisation.pk
    ]
    return [one for _, one in sorted(found, key=lambda pair: (-pair[0], str(pair[1].pk)))]


def receiver(form: ReturnForm, organisation: Organisation, on: dt.date) -> Organisation | None:
    """To whom an organisation files: the nearest that is competent for it. Where nobody is, as over a county
    directly under its province, to whom that office would file."""
    return receivers(form, [organisation], on)[organisation.pk]


def receivers(
    form: ReturnForm, organisations: Sequence[Organisation], on: dt.date
) -> dict[UUID, Organisation | None]:
    """`receiver` of several organisations, by their ids, asked in one question."""
    filers = {one.pk: form.filer(one) for one in organisations}
    filing = [one for one in organisations if filers[one.pk] is not None]
    candidates = _offices(form, on, over(codes_of(one)[0] for one in filing)) if filing else lambda _: []
    return {one.pk: _nearest(form, filers[one.pk], one, candidates) for one in organisations}


def _offices(form: ReturnForm, on: dt.date, where: Q) -> Callable[[str], list[Organisation]]:
    """The organisations that are an office of the document, of those `over` or `inside` some divisions: an
    installation of the nation has thousands of others. They are asked for once, by whichever office."""
    declared = form.pack.head.uses.offices
    named = {office for one in form.version.filed for office in (one.by, one.to, *one.copied_to)}
    rows = (
        Organisation.objects.filter(
            where, kind__in={kind_of(declared[one]) for one in named}, in_force__contains=on
        )
        .distinct()
        .select_related("region")
        .prefetch_related("regions")
    )
    found: dict[str, list[Organisation]] = {}
    for one in rows:
        for office in offices_of(form.pack, one):
            found.setdefault(office, []).append(one)
    return lambda office: found.get(office, [])


def _nearest(
    form: ReturnForm,
    filer: Filer | None,
    organisation: Organisation,
    candidates: Callable[[str], list[Organisation]],
) -> Organisation | None:
    while filer is not None:
        if found := covering(candidates(filer.to), organisation):
            return found[0]
        above = filer.to
        filer = next((one for one in form.version.filed if one.by == above), None)
    return None


def copied_to(form: ReturnForm, organisation: Organisation, on: dt.date) -> list[Organisation]:
    """Who gets a copy."""
    filer = form.filer(organisation)
    candidates = _offices(form, on, over(codes_of(organisation)[:1]))
    return [
        found[0]
        for office in (filer.copied_to if filer else ())
        if (found := covering(candidates(office), organisation))
    ]


def filers_below(form: ReturnForm, organisation: Organisation, on: dt.date) -> list[Organisation]:
    """Who files to an organisation."""
    mine = set(offices_of(form.pack, organisation))
    filers = form.rule.filers(form.version, form.taken)
    if not mine & {filer.to for filer in filers}:
        return []
    # who is nearer to one of those inside lies inside too; who is over this office is needed where it is none
    candidates = _offices(form, on, inside(codes_of(organisation)) | over(codes_of(organisation)))
    return in_order(
        [
            one
            for filer in filers
            for one in candidates(filer.by)
            if (nearest := _nearest(form, filer, one, candidates)) is not None
            and nearest.pk == organisation.pk
        ]
    )


def copied_from(form: ReturnForm, organisation: Organisation, on: dt.date) -> list[Organisation]:
    """Whose returns an organisation gets a copy of."""
    mine = set(offices_of(form.pack, organisation))
    candidates = _offices(form, on, inside(codes_of(organisation)) | over(codes_of(organisation)))
    found: list[Organisation] = []
    for filer in form.rule.filers(form.version, form.taken):
        for office in filer.copied_to:
            if office in mine:
                found += [
                    one
                    for one in candidates(filer.by)
                    if (nearest := covering(candidates(office), one)) and nearest[0].pk == organisation.pk
                ]
    return in_order(found)


def in_order(organisations: Sequence[Organisation]) -> list[Organisation]:
    """By the codes of their divisions."""
    return sorted(organisations, key=lambda one: (codes_of(one)[0], one.name))


def own_offices(viewer: Any, on: dt.date) -> list[Organisation]:
    """The offices of documents in which a viewer has a role: an administrator of the whole installation has
    them all."""
    held = [grant.organisation for grant in grants(viewer, on=on) if grant.role in PERMISSIONS[READ.name]]
    rows = (
        Organisation.objects.filter(in_force__contains=on)
        .select_related("region")
        .prefetch_related("regions")
    )
    if None not in held:
        rows = rows.filter(pk__in=[one.pk for one in held if one is not None])
    else:
        rows = rows.filter(kind__in=list(GOVERNMENT | SUPERVISED))
    found = list(rows)
    above = {id_ for one in found for id_ in one.ancestors}
    adopted: dict[Any, list[str]] = {}
    for row in Adoption.objects.filter(organisation__in=above, in_force__contains=on):
        adopted.setdefault(row.organisation_id, []).append(row.pack)
    return in_order(
        [
            one
            for one in found
            if any(
                offices_of(rulebook.pack(name), one) or _presses(rulebook.pack(name), one)
                for name in dict.fromkeys(name for id_ in one.ancestors for name in adopted.get(id_, ()))
            )
        ]
    )


def _presses(pack: Pack, organisation: Organisation) -> bool:
    """A grid company files nothing and presses its own suppliers (2(4))."""
    return bool(pack.head.uses.offices) and organisation.kind == Organisation.Kind.SUPPLIER_GROUP
