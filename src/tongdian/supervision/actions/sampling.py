"""What a sender answers to the draw from its bundle is compared with what the bundle said; who does not answer, or
shows what does not agree, is a finding."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from typing import Any

from tongdian.allowed import Program, person
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.actions.findings import open_finding
from tongdian.supervision.bundles import SAMPLE_FORMAT, ForgedBundle, opened
from tongdian.supervision.findings import EvidenceKind, FindingKind, FindingSource, Gravity
from tongdian.supervision.models import ReturnStep, SampleAnswer, SupervisionFinding, TakenBundle
from tongdian.supervision.queries.findings import finding_of_origin
from tongdian.supervision.queries.offices import ReturnForm, form_of
from tongdian.supervision.queries.sampling import Problem, Sample, problems_of, sample_of, unanswered
from tongdian.supervision.refusing.bundles import (
    AnswerMisdated,
    NotTheReceiver,
    OtherCheckpoint,
    OtherDraw,
    SampleAnswered,
    UnknownBundle,
)
from tongdian.supervision.rules import ACCEPT, Step

MOST_TOLD = 10  # positions that a finding names
UNANSWERED = Words(
    "报送包 {digest} 抽中的 {count} 件业务至 {day} 未出示。",
    "The {count} cases drawn from the bundle {digest} were not shown by {day}.",
)
DISAGREES = Words(
    "报送包 {digest} 抽中的业务与报送不符：{problems}",
    "Cases drawn from the bundle {digest} do not agree with it: {problems}",
)


@action("take-sample", may=ACCEPT, within="office")
def take_sample(*, viewer: Any, office: Organisation, data: bytes, at: dt.datetime) -> SampleAnswer:
    """Keep what a sender answered to the draw from its bundle, with what of it does not agree, which opens a finding.

    Raises NotAllowed, NotABundle, ForgedBundle, UnknownBundle, NotTheReceiver, SampleAnswered, OtherCheckpoint,
    AnswerMisdated, OtherDraw.
    """
    answer = opened(data, SAMPLE_FORMAT)
    bundle = (
        TakenBundle.objects.select_related("organisation", "version__filing__organisation")
        .filter(digest=answer.body["bundle"]).first()
    )  # fmt: skip
    if bundle is None:
        raise UnknownBundle
    if office != receiver_of(bundle):
        raise NotTheReceiver
    if (answer.verifier, answer.body["office"]) != (bundle.verifier, bundle.organisation.short):
        raise ForgedBundle
    Organisation.objects.select_for_update().get(
        pk=bundle.organisation_id
    )  # of two the second sees the first
    if SampleAnswer.objects.filter(bundle=bundle).exists():
        raise SampleAnswered
    if answer.body["seen"] != bundle.cosigned:
        raise OtherCheckpoint
    made, first, last = dt.date.fromisoformat(answer.body["made"]), legal_day(bundle.at), legal_day(at)
    if not first <= made <= last:
        raise AnswerMisdated(made=made, first=first, last=last)
    sample = _sample(bundle)
    shown = [int(one["position"]) for one in answer.body["cases"]]
    if sorted(shown) != sorted(sample.drawn):
        raise OtherDraw(drawn=_listed(sorted(sample.drawn)), shown=_listed(sorted(shown)))
    filing = bundle.version.filing
    form = _form(bundle)
    period = form.period(filing.organisation, filing.period)
    assert period is not None  # its return was taken
    problems = problems_of(sample, answer.body["cases"], form.pack, period)
    signed = {"body": answer.body, "signature": base64.b64encode(answer.signature).decode()}
    kept = SampleAnswer.objects.create(
        organisation=bundle.organisation, bundle=bundle, digest=answer.digest, answer=signed,
        problems=[one.plain() for one in problems], at=at, by=person(viewer),
    )  # fmt: skip
    if problems:
        _find(bundle, _told(bundle, problems), Gravity.SERIOUS, at)
    return kept


def find_unanswered(*, day: dt.date, at: dt.datetime) -> list[SupervisionFinding]:
    """Open a finding of every draw that should have been answered before a day and was not; those that are new."""
    found = []
    for bundle in unanswered(day):
        if finding_of_sample(bundle):
            continue
        assert bundle.answer_by is not None
        said = {
            "digest": bundle.digest[:12],
            "count": len(_sample(bundle).drawn),
            "day": bundle.answer_by.isoformat(),
        }
        found.append(_find(bundle, UNANSWERED.fill(**said), Gravity.MINOR, at))
    return found


def finding_of_sample(bundle: TakenBundle) -> SupervisionFinding | None:
    """What was found of the draw from a bundle, by the office that took it."""
    return finding_of_origin(receiver_of(bundle), origin_of(bundle))


def origin_of(bundle: TakenBundle) -> str:
    """What such a finding came of."""
    return f"sample:{bundle.digest}"


def receiver_of(bundle: TakenBundle) -> Organisation:
    """The office that took it."""
    step = ReturnStep.objects.select_related("to").get(version=bundle.version, what=Step.SUBMITTED.value)
    assert step.to is not None  # a bundle is taken by somebody
    return step.to


def _form(bundle: TakenBundle) -> ReturnForm:
    """The form of its return, as it was when the bundle was taken."""
    filing = bundle.version.filing
    form = form_of(rulebook.pack(filing.pack), filing.form, legal_day(bundle.at))
    assert form is not None  # its return was taken
    return form


def _sample(bundle: TakenBundle) -> Sample:
    sample = sample_of(bundle, _form(bundle))
    if sample is None:
        raise UnknownBundle
    return sample


def _find(bundle: TakenBundle, text: Words, gravity: Gravity, at: dt.datetime) -> SupervisionFinding:
    filing = bundle.version.filing
    return open_finding(
        viewer=Program(),
        organisation=receiver_of(bundle),
        about=bundle.organisation,
        source=FindingSource.RETURN.value,
        kind=FindingKind.FIGURES.value,
        clause=_form(bundle).version.cite[0],
        gravity=gravity.value,
        text=text.zh,
        evidence=[{"kind": EvidenceKind.RETURN.value, "ref": f"{filing.form}/{filing.period}", "note": bundle.digest}],
        origin=origin_of(bundle),
        at=at,
    )  # fmt: skip


def _told(bundle: TakenBundle, problems: Sequence[Problem]) -> Words:
    told = problems[:MOST_TOLD]
    zh = "；".join(f"{one.position} 号{one.why.zh}" for one in told)
    en = "; ".join(f"{one.position}: {one.why.en}" for one in told)
    return DISAGREES.fill(digest=bundle.digest[:12], problems=Words(zh, en))


def _listed(positions: Sequence[int]) -> str:
    return "、".join(str(one) for one in positions[:20])
