"""What states a return passes through, what a cell may be, and who may do what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongdian.allowed import Permission
from tongdian.policy.words import Words

READ = Permission("supervision.read", Words("查看监管数据", "look at supervision"))
FILE = Permission("supervision.file", Words("填报", "fill in returns"))
REVIEW = Permission("supervision.review", Words("审核并报送", "review and file returns"))
TAKE_BACK = Permission(
    "supervision.take_back", Words("撤回本单位的报送", "take back what their own office filed")
)
ACCEPT = Permission("supervision.accept", Words("接收下级报送", "accept what is filed from below"))
FIND = Permission("supervision.find", Words("登记和督办问题", "enter findings and follow them up"))
ANSWER = Permission("supervision.answer", Words("答复监管问题和督促", "answer findings and reminders"))
SIGN = Permission("supervision.sign", Words("签发约谈和通报", "sign talks and circulars"))
INSPECT = Permission("supervision.inspect", Words("监督检查", "inspect suppliers"))


class Step(TextChoices):
    """What happened to a version of a return; before the first it is a draft."""

    REVIEWED = "reviewed", pgettext_lazy("return", "Reviewed")
    REWORK = "rework", pgettext_lazy("return", "Handed back by who reviews")
    SUBMITTED = "submitted", pgettext_lazy("return", "Filed")
    WITHDRAWN = "withdrawn", pgettext_lazy("return", "Taken back")
    ACCEPTED = "accepted", pgettext_lazy("return", "Accepted")
    RETURNED = "returned", pgettext_lazy("return", "Returned")


class ReturnState(TextChoices):
    """Where a return stands."""

    MISSING = "missing", pgettext_lazy("return", "Nothing yet")
    DRAFT = "draft", pgettext_lazy("return", "Draft")
    REVIEWED = Step.REVIEWED.value, Step.REVIEWED.label
    REWORK = Step.REWORK.value, Step.REWORK.label
    SUBMITTED = Step.SUBMITTED.value, Step.SUBMITTED.label
    WITHDRAWN = Step.WITHDRAWN.value, Step.WITHDRAWN.label
    ACCEPTED = Step.ACCEPTED.value, Step.ACCEPTED.label
    RETURNED = Step.RETURNED.value, Step.RETURNED.label


FOLLOWS: dict[ReturnState, tuple[ReturnState, ...]] = {
    ReturnState.MISSING: (),
    ReturnState.DRAFT: (ReturnState.REVIEWED, ReturnState.REWORK),
    ReturnState.REVIEWED: (ReturnState.SUBMITTED, ReturnState.REWORK),
    ReturnState.REWORK: (),
    ReturnState.SUBMITTED: (ReturnState.WITHDRAWN, ReturnState.ACCEPTED, ReturnState.RETURNED),
    ReturnState.WITHDRAWN: (),
    ReturnState.ACCEPTED: (ReturnState.RETURNED,),  # opened again, with a reason
    ReturnState.RETURNED: (),
}
LOCKED = frozenset({ReturnState.SUBMITTED, ReturnState.ACCEPTED})  # nobody writes another version meanwhile
RECEIVED = LOCKED


class CellStatus(TextChoices):
    """How a figure came about (after SDMX CL_OBS_STATUS). A blank, nought and not applicable differ."""

    NORMAL = "A", pgettext_lazy("figure", "normal")
    ESTIMATED = "E", pgettext_lazy("figure", "estimated")
    PROVISIONAL = "P", pgettext_lazy("figure", "provisional")
    REVISED = "R", pgettext_lazy("figure", "revised")
    MISSING = "M", pgettext_lazy("figure", "missing")
    NOT_APPLICABLE = "N", pgettext_lazy("figure", "not applicable")


class CellSource(TextChoices):
    """Where a figure is from."""

    CASES = "cases", _("counted from cases")
    BELOW = "below", _("added up from below")
    ENTERED = "entered", _("entered")
    ABOVE = "above", _("of the plan above")
    LEDGER = "ledger", _("of the ledger")


class TaskState(TextChoices):
    """What an office says of a task of the ledger."""

    GOING = "going", pgettext_lazy("task", "under way")
    DONE = "done", pgettext_lazy("task", "done")
    PROBLEM = "problem", pgettext_lazy("task", "a problem, reported upward")
    PRACTICE = "practice", pgettext_lazy("task", "a practice worth copying")


class TaskStanding(TextChoices):
    """How a task stands on a day. Where the ledger gives no day, nothing is scored by itself."""

    DONE = "done", pgettext_lazy("task", "done")
    DONE_LATE = "late", pgettext_lazy("task", "done late")
    OVERDUE = "overdue", pgettext_lazy("task", "overdue")
    GOING = "going", pgettext_lazy("task", "not due yet")
    ONGOING = "ongoing", pgettext_lazy("task", "goes on, not scored")
    UNDIVIDED = "undivided", pgettext_lazy("task", "not broken down to this office")
    OTHERS = "others", pgettext_lazy("task", "of other offices")


class Stratum(TextChoices):
    """What cases may be drawn apart by; a case is of the first that fits."""

    LATE = "late", pgettext_lazy("case", "beyond its limit")
    EXEMPT = "exempt", pgettext_lazy("case", "excepted for force majeure")
    NEAR = "near", pgettext_lazy("case", "near its limit")
    OTHER = "other", pgettext_lazy("case", "others")


class SiteOutcome(TextChoices):
    """What an inspector found of a drawn case on site."""

    CONFORMS = "conforms", pgettext_lazy("on site", "as recorded")
    DIFFERS = "differs", pgettext_lazy("on site", "differs")


class GridPlanSort(TextChoices):
    """What of the two tasks a plan of grids is: 附件1/40 and 附件1/39."""

    DEVELOPMENT = "development", pgettext_lazy("plan of grids", "development plan")
    INVESTMENT = "investment", pgettext_lazy("plan of grids", "investment plan")


class Grids(TextChoices):
    """Which grids a plan is about."""

    DISTRIBUTION = "distribution", pgettext_lazy("grid", "distribution grid")
    RURAL = "rural", pgettext_lazy("grid", "rural grid")
    BOTH = "both", pgettext_lazy("grid", "distribution and rural grids")


class GridPlanStepKind(TextChoices):
    """What is done about a plan of grids in the years that it is for (附件1/40)."""

    INCLUDED = "included", pgettext_lazy("plan of grids", "in the urban and rural plan")
    EVALUATED = "evaluated", pgettext_lazy("plan of grids", "evaluated")
    ADJUSTED = "adjusted", pgettext_lazy("plan of grids", "adjusted")


class ProjectStanding(TextChoices):
    """How a project of a grid stands on a day. Its own days decide: the document sets none (持续推进)."""

    LATE = "late", pgettext_lazy("project", "overdue")
    LATE_START = "late_start", pgettext_lazy("project", "not begun in time")
    BUILDING = "building", pgettext_lazy("project", "under way")
    PLANNED = "planned", pgettext_lazy("project", "not due yet")
    DONE = "done", pgettext_lazy("project", "in use")
    DONE_LATE = "done_late", pgettext_lazy("project", "in use, late")
    DROPPED = "dropped", pgettext_lazy("project", "dropped")


PROJECTS_LATE = (ProjectStanding.LATE, ProjectStanding.LATE_START)


class RuleVerdict(TextChoices):
    """What a review decides of an internal rule (立改废)."""

    KEEP = "keep", pgettext_lazy("internal rule", "keep")
    REVISE = "revise", pgettext_lazy("internal rule", "revise")
    ABOLISH = "abolish", pgettext_lazy("internal rule", "abolish")
    MAKE = "make", pgettext_lazy("internal rule", "make")


class RuleStanding(TextChoices):
    """How an internal rule stands in its review on a day."""

    OVERDUE = "overdue", pgettext_lazy("internal rule", "overdue")
    UNREVIEWED = "unreviewed", pgettext_lazy("internal rule", "not reviewed")
    OPEN = "open", pgettext_lazy("internal rule", "to be carried out")
    KEPT = "kept", pgettext_lazy("internal rule", "stays as it is")
    DONE = "done", pgettext_lazy("internal rule", "carried out")
    DONE_LATE = "done_late", pgettext_lazy("internal rule", "carried out late")
    DROPPED = "dropped", pgettext_lazy("internal rule", "not listed any more")


RULES_OPEN = (RuleStanding.OVERDUE, RuleStanding.UNREVIEWED, RuleStanding.OPEN)


class PushInterval(TextChoices):
    """How often an overview is sent by e-mail."""

    WEEK = "week", pgettext_lazy("sent", "each Monday")
    MONTH = "month", pgettext_lazy("sent", "on the first of each month")


NEAR_DAYS = 1  # a case that took its limit or a day less is near it: our own arrangement, and no score


@dataclass(frozen=True, slots=True)
class Drawn:
    """A case as it was drawn: its number, its stratum, and the hash by which it came."""

    case: str
    stratum: Stratum
    rank: str


def seed_of(*, root: str, office: str, supplier: str, number: int) -> str:
    """The seed of an office's draw of a supplier: the number of the draw, and a root of the audit log that nobody
    here could choose. What the inspector does choose (period, size, strata) is no part of it: they move no case
    before another."""
    return hashlib.sha256(
        "\n".join(["tongdian draw", root, office, supplier, str(number)]).encode()
    ).hexdigest()


def draw(
    strata: Mapping[Stratum, Iterable[str]], *, seed: str, size: int, wanted: Mapping[Stratum, int]
) -> list[Drawn]:
    """Draw cases by their rank: first as many as are `wanted` of each stratum, then of all until there are `size`.

    Who knows the seed and the numbers of the cases draws the same. A stratum that has fewer gives those it has.
    """
    ranked = sorted(
        (Drawn(case, stratum, hashlib.sha256(f"{seed}\n{case}".encode()).hexdigest())
         for stratum, cases in strata.items() for case in cases),
        key=lambda one: one.rank,
    )  # fmt: skip
    taken = [
        one
        for stratum, most in wanted.items()
        for one in [one for one in ranked if one.stratum == stratum][:most]
    ][:size]
    taken += [one for one in ranked if one not in taken][: size - len(taken)]
    return sorted(taken, key=lambda one: one.rank)
