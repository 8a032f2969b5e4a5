"""A service as its page tells it: papers, steps, days and fees, each with where it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tongdian.connections import queries
from tongdian.connections.models import PublishedFee
from tongdian.connections.rules import PaperAsked, Service, ServiceStage, only_permits, printed_forms
from tongdian.parties.models import Organisation
from tongdian.policy.inputs import say_unit
from tongdian.policy.interpretations import used_by
from tongdian.policy.kinds.table import TableRule
from tongdian.policy.packs import Pack
from tongdian.policy.process.model import Limited
from tongdian.policy.refusals import BadInput, NotApplicable, NotInForce, Refusal
from tongdian.policy.types import Num
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.saying import Cite, cites, rule_address
from tongdian.rulebook.templatetags.rulebook import why
from tongdian.spoken import reader_language

TAKES_MONEY = {"take-deposit", "charge-fee"}  # effects of stages that cost something


@dataclass(frozen=True)
class ShownStep:
    """One step: who does it, in how many days, and by which article."""

    title: str
    who: str
    is_yours: bool
    days: str
    why: SafeString
    cites: tuple[Cite, ...]
    is_conditional: bool


@dataclass(frozen=True)
class ShownPaper:
    """A paper asked for; `is_printed` is a form that applying online fills by itself."""

    title: str
    is_printed: bool


@dataclass(frozen=True)
class ShownPapers:
    """A list of papers; nothing else may be asked for where it is closed."""

    stage: str
    papers: tuple[ShownPaper, ...]
    is_closed: bool
    said: str
    why: SafeString


@dataclass(frozen=True)
class MoneyRule:
    """An amount by a rule; where it depends on something, the rule's page works it out."""

    title: str
    amount: str
    why: SafeString
    address: str


class ShownService:
    """Everything that an applicant sees before the first question."""

    def __init__(self, office: Organisation, service: Service) -> None:
        self.office, self.service = office, service
        self.language = reader_language()
        self.taken = rulebook.options_in_force(service.pack, service.process)

    @property
    def title(self) -> str:
        return self.service.title.say(self.language)

    @property
    def note(self) -> str:
        found = self.service.process.note
        return found.say(self.language) if found else ""

    @property
    def group(self) -> str:
        return self.service.group.say(self.language)

    @property
    def pack(self) -> Pack:
        return self.service.pack

    @property
    def only_permits(self) -> bool:
        return only_permits(self.service.wording)

    @cached_property
    def cites(self) -> list[Cite]:
        return cites(self.pack, tuple(self.service.cite), self.language)

    @cached_property
    def papers(self) -> list[ShownPapers]:
        return [self._papers(asked) for asked in self.service.asked]

    def _papers(self, asked: PaperAsked) -> ShownPapers:
        return ShownPapers(
            stage=asked.stage.say(self.language),
            papers=tuple(
                ShownPaper(paper.title.say(self.language), paper.id in printed_forms(self.pack))
                for paper in asked.papers.papers
            ),
            is_closed=asked.papers.closed,
            said=asked.answer.cited(self.language),
            why=why(asked.answer),
        )

    @cached_property
    def steps(self) -> list[ShownStep]:
        return [self._step(step) for step in self.service.steps]

    def _step(self, step: ServiceStage) -> ShownStep:
        stage = self.service.wording.stages[step.key]
        return ShownStep(
            title=step.title.say(self.language),
            who=step.who.say(self.language),
            is_yours=step.owner == "customer",
            days=step.limit.words.say(self.language) if step.limit else "",
            why=self._why(stage),
            cites=tuple(cites(self.pack, tuple(step.cite), self.language)),
            is_conditional=step.is_conditional,
        )

    @cached_property
    def totals(self) -> list[tuple[str, str, SafeString]]:
        """Each total that the document limits: what, how many days, why."""
        clocks = {clock.title: clock for clock in self.service.wording.clocks.values()}
        return [
            (title.say(self.language), limit.words.say(self.language), self._why(clocks[title]))
            for title, limit in self.service.totals
        ]

    def _why(self, limited: Limited) -> SafeString:
        """The 依据 of a limit that a rule gives; one that the process states has its article."""
        if limited.limit is None:
            return SafeString()
        rule, wording = self.pack.rules[limited.limit], self.service.wording
        known = {**wording.given, **limited.given}
        given = {name: known[name] for name in rule.input if name in known}
        try:
            return why(
                self.pack.answer(
                    rule.rule, on=self.service.on, given=given, take=used_by(self.pack, rule, self.taken)
                )
            )
        except Refusal:
            return SafeString()

    # --- money ---
    @cached_property
    def fees(self) -> list[PublishedFee]:
        service = (self.pack.adopted_id, self.service.id)
        found = queries.fees(self.office, on=self.service.on, service=service)
        if only_permits(self.service.wording):  # what any service may charge is for meters and their fitting
            return [fee for fee in found if fee.charged_in == "/".join(service)]
        return found

    @cached_property
    def deposits(self) -> list[MoneyRule]:
        """The rules in yuan of the clauses by which a stage takes money. Where the pack names one
        for exactly this kind of user (shop-application, shop-deposit), only that."""
        clauses = {
            cite
            for stage in self.service.wording.stages.values()
            if stage.effect in TAKES_MONEY
            for cite in stage.cite
        }
        found = [rule for rule in self.pack.rules.values() if _is_money_by(rule, clauses)]
        kind = self.service.id.partition("-")[0]
        own = [rule for rule in found if rule.rule.partition("-")[0] == kind]
        return [self._money(rule) for rule in own or found]

    @property
    def all_money(self) -> list[tuple[str, str]]:
        """Deposits and fees as two columns of text."""
        deposits = [(one.title, one.amount or gettext("by the rule")) for one in self.deposits]
        return deposits + [(fee.name, f"¥{fee.yuan}/{fee.unit}（{fee.basis}）") for fee in self.fees]

    def _money(self, rule: Any) -> MoneyRule:
        title, address = rule.title.say(self.language), rule_address(self.pack, rule.rule)
        taken = rulebook.options_in_force(self.pack, rule)
        try:
            answer = self.pack.answer(rule.rule, on=self.service.on, given={}, take=taken)
        except (BadInput, NotApplicable, NotInForce):
            return MoneyRule(title, "", SafeString(), address)
        except Refusal as refused:
            return MoneyRule(title, refused.say(self.language), SafeString(), address)
        return MoneyRule(title, answer.say_value(self.language), why(answer), address)


def _is_money_by(rule: Any, clauses: set[str]) -> bool:
    """Whether a rule gives an amount in yuan by one of the clauses, or an item of one."""
    if rule.kind not in ("bands", "value") or str(rule.unit) != "yuan":
        return False
    return any(
        cite == clause or cite.startswith(f"{clause}(")
        for version in rule.versions
        for cite in version.cite
        for clause in clauses
    )


# ---------------------------------------------------------------- prices
@dataclass(frozen=True)
class PriceTable:
    """A table of prices as it holds on a day."""

    title: str
    note: str
    heads: tuple[tuple[str, bool], ...]  # said, whether the column is of numbers
    rows: tuple[tuple[tuple[str, bool], ...], ...]
    is_example: bool
    cites: tuple[Cite, ...]
    address: str


def price_tables(pack: Pack, on: dt.date) -> Iterator[PriceTable]:
    """Every table of the pack that gives prices and is in force on a day."""
    for rule in pack.rules.values():
        if isinstance(rule, TableRule) and _gives_prices(rule):
            try:
                version = rule.version_on(on, rulebook.options_in_force(pack, rule))
            except NotInForce:
                continue
            yield _price_table(pack, rule, version)


def _gives_prices(rule: TableRule) -> bool:
    kinds = [column.value_type for column in rule.columns.values()]
    return any(isinstance(kind, Num) and str(kind.unit).startswith("yuan/") for kind in kinds)


def _price_table(pack: Pack, rule: TableRule, version: Any) -> PriceTable:
    language = reader_language()
    heads, rows = [], []
    for name, column in rule.columns.items():
        kind, title = column.value_type, column.title.say(language) if column.title else name
        is_number = isinstance(kind, Num)
        unit = say_unit(kind.unit, language) if isinstance(kind, Num) else ""
        heads.append((f"{title}（{unit}）" if unit else title, is_number))
    for row in rule.typed[id(version)]:
        cells = []
        for name, column in rule.columns.items():
            is_number = isinstance(column.value_type, Num)
            said = (
                f"{row[name].normalize():f}"  # type: ignore[union-attr]
                if is_number
                else column.label(row[name], language)
            )
            cells.append((said, is_number))
        rows.append(tuple(cells))
    return PriceTable(
        title=rule.title.say(language),
        note=rule.note.say(language) if rule.note else "",
        heads=tuple(heads),
        rows=tuple(rows),
        is_example=rule.example,
        cites=tuple(cites(pack, tuple(version.cite), language)),
        address=rule_address(pack, rule.rule),
    )
