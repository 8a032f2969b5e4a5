"""Clauses of the document and interpretations of its open places, as a pack writes them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tongdian.policy.billing import Billing
from tongdian.policy.calendars import PackCalendar, RestDay
from tongdian.policy.conduct import Conduct
from tongdian.policy.kinds import InForce
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.permitting import Permitting
from tongdian.policy.reading import Bilingual, Day, Flag, Id, Model, Name, Number, Texts, Whole
from tongdian.policy.words import Words

AREAS = (
    "rulebook",
    "notices",
    "parties",
    "network",
    "agreements",
    "cases",
    "connections",
    "metering",
    "accounts",
    "billing",
    "supply",
    "conduct",
    "reliability",
    "disclosure",
    "exchange",
    "complaints",
    "supervision",
    "web",
)
ClauseKind = Literal["rule", "process", "checklist", "timetable", "duty", "filing", "principle", "definition"]


class Chapter(Model):
    """A chapter, or a part of an annex."""

    id: str
    title: Bilingual


class Clause(Model):
    """One clause, in our own words, numbered as the document numbers it.

    `by` names the rules that implement it, `carried_by` the areas whose daily work carries it out
    without a rule of its own, `planned` the areas that will; loading adds those for which a stage of its
    processes waits. Principles and definitions may have
    none. The annexes of a task ledger add offices and dates. A part of an indicator
    says what it is `shown_by`: figures computed from cases, an office's word, a document, or, of what goes on and
    has no standard, the progress that is told; what it
    `counts`: that every case keeps it, that something was done, is kept up, or became less; and over which
    `period`: that of the return, or once and for all. A clause of an overlay `refines` one of the pack
    above, and is done no later.
    """

    id: str
    chapter: str = Field(alias="in")
    title: Bilingual
    says: Bilingual
    kind: ClauseKind
    by: tuple[Id, ...] = ()
    carried_by: Texts = ()
    planned: Texts = ()
    offices: Texts = ()
    lead: str | None = None
    done_by: str | None = None
    group: str | None = None
    starred: Flag = False
    shown_by: Literal["computed", "attested", "evidenced", "progress"] | None = None
    counts: Literal["every", "done", "kept", "less"] | None = None
    period: Literal["filing", "once"] | None = None
    refines: str | None = None

    @model_validator(mode="after")
    def _has_someone(self) -> Clause:
        if not (self.is_alive or self.planned) and self.kind not in ("principle", "definition"):
            raise Miswritten("没有什么落实这一条：写 by: [规则] 或 planned: 领域", "nothing implements this clause: write by: [rule] or planned: area")  # fmt: skip
        unknown = {*self.planned, *self.carried_by} - set(AREAS)
        if unknown:
            raise Miswritten(f"planned 和 carried_by 写领域，可选：{'、'.join(AREAS)}", f"planned and carried_by name an area, one of {', '.join(AREAS)}")  # fmt: skip
        if self.done_by is not None and self.done_by != "ongoing":
            Day.__metadata__[0].func(self.done_by)  # type: ignore[attr-defined]
        return self

    @property
    def is_alive(self) -> bool:
        """Whether a rule or an area's work carries it out, at least in part."""
        return bool(self.by or self.carried_by)


class Option(Model):
    """One way to read an open place."""

    says: Bilingual
    values: dict[str, Number | str] = {}


class Interpretation(Model):
    """An open, misprinted or conflicting place, its readings, and the default with its reason.

    `chosen: none` means that rules which need it refuse until an administrator chooses. What it decides
    is found from the rules that use it; `decides` may name some of them, which is then held to. One
    that no rule uses `waits` for areas that are to come, says in `wording` why it is about words only, or in
    `fixed` what in the pack or the program follows it: then nothing else can be chosen without writing that anew.
    """

    id: Id
    clause: str
    issue: Bilingual
    options: dict[str, Option]
    chosen: str
    reason: Bilingual
    decides: Texts = ()
    waits: Texts = ()
    wording: Bilingual | None = None
    fixed: Bilingual | None = None

    @model_validator(mode="after")
    def _chooses_an_option(self) -> Interpretation:
        if len(self.options) < 2:
            raise Miswritten("一项解读至少有两个选项", "an interpretation has at least two options")
        if self.chosen != "none" and self.chosen not in self.options:
            raise Miswritten(
                f"chosen 写 none 或选项之一：{'、'.join(self.options)}",
                f"chosen is none or one of {', '.join(self.options)}",
            )
        if set(self.waits) - set(AREAS):
            raise Miswritten(
                f"waits 写领域，可选：{'、'.join(AREAS)}", f"waits names an area, one of {', '.join(AREAS)}"
            )
        return self


class ApplicationPapers(Model):
    """The list of papers whose `applicant` is an input that names the kinds of applicants."""

    rule: Id
    applicant: Name


class Visits(Model):
    """The full hours at which an office's visit may begin, and how many it makes at a time."""

    hours: tuple[Annotated[Whole, Field(ge=0, le=23)], ...]
    at_once: Annotated[Whole, Field(ge=1)] = 1


class Collecting(Model):
    """Who alone may take money, by which clause, and the table of the order in which a payment goes to
    what is owed: `order`, a rule of `kind: table` with the columns `subject` and `rank`. `deposits` are the
    rules by which deposits are lodged, `kept_as` the table of what each is (columns `deposit`, `kept_as`),
    `forms` that of who pays in which form (columns `form`, `open_to`), `charges` the table of one-off charges (columns `item`, `payer`,
    `amount`, `article`), `by_rule` the rules whose answers a customer may be charged, `late_fee` the sheet
    of the late fee, `residents` the classes that are residential to it, `dunning` the table of the steps of
    collection (columns `step`, `days`, `least`)."""

    cite: Texts
    office: Id
    order: Id
    deposits: Texts = ()
    kept_as: Id | None = None
    forms: Id | None = None
    charges: Id | None = None
    by_rule: Texts = ()
    late_fee: Id | None = None
    residents: Texts = ()
    dunning: Id | None = None


class Suspending(Model):
    """Who alone operates the supply, by which clause (`office`, `cite`); `terms` names the table of when a supply may
    be stopped for arrears and how soon it is restored (columns `utility`, `overdue_days`, `demand_days`,
    `notice_days`, `restore_hours`), `restoration` the process by which it is restored, `arrears` and `homes` the clauses of a stop for arrears and of one at a home."""

    office: Id
    cite: str
    terms: Id
    restoration: Id
    arrears: str
    homes: str


class ReadingRules(Model):
    """How readings of meters are taken and looked at: `methods` and `reasons` are the tables that a reading
    which nobody took is told by, `estimates` how many may follow each other, `validation` the sheet of what
    looks wrong, `checks` the table that says how grave that is, and `filled` the sheet by which a figure is
    found that nobody could read."""

    methods: Id
    reasons: Id
    estimates: Id
    validation: Id
    checks: Id
    filled: Id | None = None


class OfficeByClause(Model):
    """The office that does something, as it is named in processes, and the clause that says so."""

    office: Id
    cite: str


class Reporting(Model):
    """Who draws up the reports of usage, who checks them, and who draws up the plan of quotas. `equipment`
    is the sheet of a quota by what stands in a room, `excess` that of what is used beyond one, and `rooms`
    the kinds of rooms that it knows, each with its clause; one with residents has its quota by them."""

    drawn_up: OfficeByClause
    checked: OfficeByClause
    quotas: OfficeByClause
    equipment: Id
    excess: Id
    rooms: dict[str, str]


class OfficeKind(Model):
    """Which organisations an office of the document is: of a `kind`, and of the `level` of the divisions that
    they are competent for. `tasks_of` is another whose tasks are its own as well, as the clause `cite` says."""

    kind: Id
    tasks_of: Id | None = None
    cite: str | None = None
    level: Literal["nation", "province", "prefecture", "county"] | None = None


class RecordFacts(Model):
    """The facts of a case that go into the record on which signals are judged: the `capacity` that was asked for,
    the `contractor` for its works, whether that is an `affiliate` of the supplier, and the `amount`."""

    capacity: Name | None = None
    contractor: Name | None = None
    affiliate: Name | None = None
    amount: Name | None = None


class SupplierType(Model):
    """A type of supplier as the document names it. One that is `stressed` is to be inspected above all."""

    title: Bilingual
    stressed: Flag = False


class Summoning(Model):
    """Whom the `clause` on talks and circulars names, and the interpretation by which others hold them: it stands on
    their papers beside the clause."""

    clause: str
    office: Id
    read_as: Id


class Inspecting(Model):
    """Who inspects whom. `by` names the offices, each with the clause that has it inspect; `only_in` the year for which
    that clause does, where it names one; `types` those of
    suppliers, as `types_by` lists them; `stressed_by` the clause that stresses some of them and, where `rural`,
    the country. A `group` presses its suppliers, as `pressed_by` asks; `summoning` says who summons by which clause."""

    by: dict[Id, str]
    only_in: dict[Id, Whole] = {}
    types: Annotated[dict[Id, SupplierType], Field(min_length=1)]
    types_by: str
    stressed_by: str
    rural: Flag = False
    summoning: Summoning | None = None
    group: Id
    pressed_by: str


class Coordinating(Model):
    """The tasks of the mechanism of coordination: to hold `meetings`, and to resolve `difficulties`."""

    meetings: str
    difficulties: str


class GridPlanning(Model):
    """The tasks of planning distribution and rural grids: plans of `investment`, and of `development`."""

    investment: str
    development: str


class RuleReview(Model):
    """The review of internal rules: the `task`, the `standard` that it is finished, and the clause by whose day it is
    `due`."""

    task: str
    standard: str
    due: str


class Uses(Model):
    """What the program itself looks up in a pack: each line names the pack's own rule or paper.
    What is left out, the document does not have.

    `names` say what offices and owners that clauses and limits name are called; `service_groups` the
    groups of services, in the order in which the public sees them. `opinions` are the stages whose offices
    write what they decided on the `approval_form`, in its order. `offices` say which organisations those are
    that file and are filed to. `record` names the facts that signals ask for; `inspecting` which of them inspect the suppliers, and what they are to
    look at; `coordinating` which tasks meetings and resolved difficulties belong to, `grid_planning` those of
    investment and development plans, `rule_review` that of reviewing internal rules; `both_days` the clause that gives a task another day than the ledger; `conduct` what is done about violations,
    `permitting` what may be done with permission only.
    """

    customer_class: Id | None = None
    application_papers: ApplicationPapers | None = None
    electricity_price: Id | None = None
    water_price: Id | None = None
    approval_form: Id | None = None
    opinions: Texts = ()
    visits: Visits | None = None
    billing: Billing | None = None
    collecting: Collecting | None = None
    suspending: Suspending | None = None
    readings: ReadingRules | None = None
    reporting: Reporting | None = None
    record: RecordFacts | None = None
    names: dict[Id, Bilingual] = {}
    offices: dict[Id, OfficeKind] = {}
    inspecting: Inspecting | None = None
    coordinating: Coordinating | None = None
    grid_planning: GridPlanning | None = None
    rule_review: RuleReview | None = None
    both_days: dict[str, str] = {}
    conduct: Conduct | None = None
    permitting: Permitting | None = None
    service_groups: dict[Id, Bilingual] = {}

    def price(self, utility: str) -> str | None:
        """The table of prices for power or water."""
        return {"power": self.electricity_price, "water": self.water_price}[utility]


class Overlaying(Model):
    """What a pack says of those that are laid over it: the clause by which nothing may be `adding`, unless
    a law says so, and the one for which `removing` something is evidence."""

    adding: str | None = None
    removing: str | None = None


class LaterText(Model):
    """A later document that is known to exist, while nobody here has its text. Answers about days from
    `from` on that cite one of the clauses that it `concerns` (none: any) say so; none is changed."""

    title: Bilingual
    start: Day = Field(alias="from")
    concerns: Texts = ()
    source: Bilingual


Related = dict[Id, dict[str, Texts]]  # pack → its clause → the clauses of this one


class Interpreters(Model):
    """Who interprets a document: every office named must have said so in a paper, before one of its open
    places is settled. `cite` is the clause that says who."""

    cite: Texts
    offices: Annotated[dict[Id, Bilingual], Field(min_length=1)]


class PackHead(Model):
    """pack.yaml. With one of the `languages` only, one text stands for both. `calendar` names the working days that the pack counts by (`policy/calendars.py`);
    `charges_by` are the clauses by which nothing may be charged but published fees. `over` is the pack
    that an overlay is laid over: with a `region` it binds that place, else the offices that adopt it.
    What it `continues`, `amends` and `supersedes` of earlier packs is said clause by clause."""

    pack: Id
    over: Id | None = None
    title: Bilingual
    short: Bilingual | None = None
    number: str
    issuer: Bilingual
    issued_on: Day | None = None
    in_force: InForce
    languages: Annotated[tuple[Literal["zh", "en"], ...], Field(min_length=1)]
    scope: Bilingual
    region: str | None = None
    calendar: PackCalendar | None = None
    rest_days: tuple[RestDay, ...] = ()
    corrects: Bilingual | None = None
    charges_by: Texts = ()
    interpreted_by: Interpreters | None = None
    uses: Uses = Uses()
    overlays: Overlaying | None = None
    known_later: tuple[LaterText, ...] = ()
    continues: Related = {}
    amends: Related = {}
    supersedes: Related = {}


class ClauseFile(Model):
    """clauses.yaml."""

    chapters: tuple[Chapter, ...]
    clauses: tuple[dict[str, Any], ...]


class InterpretationFile(Model):
    """interpretations.yaml."""

    interpretations: tuple[dict[str, Any], ...]


_DIGITS = "〇一二三四五六七八九"


def chinese_number(n: int) -> str:
    """1 to 99 as 一, 十, 二十一 …"""
    tens, ones = divmod(n, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


_PLACES = (
    ("附件", "Annex "),
    ("通知", "Letter"),
    ("序", "preamble"),
    ("注", "note "),
    ("表头", "header"),
    ("列", "column "),
    ("行", "row "),
    ("签章", "seal"),
)


@lru_cache(maxsize=4096)
def say_clause(clause_id: str) -> Words:
    """A clause as people cite it: 9(1) is 第九条（一）, Article 9(1); 附件1/注2 is Annex 1/note 2."""
    clause_id = re.sub(r"\A(?=[0-9-]*[a-z])[a-z0-9-]+/", "", clause_id)  # of an overlay, whose number says it
    match = re.fullmatch(r"(\d{1,2})((?:\(\d{1,2}\))*)", clause_id)
    if match:
        items = "".join(f"（{chinese_number(int(n))}）" for n in re.findall(r"\d+", match[2]))
        return Words(f"第{chinese_number(int(match[1]))}条{items}", f"Article {clause_id}")
    english = clause_id
    for zh, en in _PLACES:
        english = english.replace(zh, en)
    return Words(clause_id, english)
