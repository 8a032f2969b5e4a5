"""What the command line calls for bundles between installations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone

from tongdian.allowed import NoSuchOrganisation, Operator
from tongdian.audit_log.actions import NotTheSealer, make_checkpoint
from tongdian.audit_log.queries import verifier
from tongdian.calendar import legal_day
from tongdian.policy.refusals import Refusal
from tongdian.rulebook import queries as rulebook
from tongdian.supervision.actions.conditions import form_for
from tongdian.supervision.actions.receiving import countersigned
from tongdian.supervision.actions.sampling import take_sample
from tongdian.supervision.actions.taking import take_bundles, trust_sender, witness_log
from tongdian.supervision.bundles import SAMPLE_FORMAT, ForgedBundle, head_of, opened, sealed
from tongdian.supervision.models import SampleAnswer, TakenBundle, TrustedSender, WitnessedHead
from tongdian.supervision.queries.filings import standing
from tongdian.supervision.queries.offices import form_of, office_named
from tongdian.supervision.queries.populations import population_behind, shown_of
from tongdian.supervision.queries.sending import body_of, log_of
from tongdian.supervision.refusing.bundles import NoPopulation
from tongdian.supervision.samples import draw_positions, sample_seed


def own_key() -> str:
    """The verifier line of this installation's log."""
    return verifier()


def build(office: str, form: str, period: str, *, begins: int) -> str:
    """The bundle of a reviewed return. Raises NotTheSealer, NoSuchOrganisation, NoSuchReturn, NothingToSend."""
    if settings.AUDIT_SIGNING_KEY is None:
        raise NotTheSealer
    now = timezone.now()
    organisation = named(office)
    here = standing(form_for(organisation, form, legal_day(now)), organisation, period, as_of=legal_day(now))
    checkpoint = make_checkpoint(at=now)
    return sealed(body_of(here, checkpoint, begins=begins, made=legal_day(now)), settings.AUDIT_SIGNING_KEY)


def build_log(office: str, *, begins: int) -> str:
    """Where the log of this installation stands, for the office above. Raises NotTheSealer, NoSuchOrganisation."""
    if settings.AUDIT_SIGNING_KEY is None:
        raise NotTheSealer
    now = timezone.now()
    told = log_of(named(office), make_checkpoint(at=now), begins=begins, made=legal_day(now))
    return sealed(told, settings.AUDIT_SIGNING_KEY)


def answer(data: bytes, cosigned_note: str) -> str:
    """The answer to the draw from a bundle of this installation: the cases drawn by the checkpoint that the receiver
    cosigned. Raises NotTheSealer, NotABundle, ForgedBundle, NoPopulation."""
    if settings.AUDIT_SIGNING_KEY is None:
        raise NotTheSealer
    bundle = opened(data)
    committed, note = bundle.body.get("committed"), cosigned_note.strip() + "\n"
    population = population_behind(committed) if committed and bundle.verifier == verifier() else None
    form = form_of(rulebook.pack(bundle.body["pack"]), bundle.body["form"], legal_day(timezone.now()))
    if population is None or form is None or form.version.sampled is None:
        raise NoPopulation
    head = head_of(note, bundle.verifier)
    if head != bundle.head:
        raise ForgedBundle
    wanted = draw_positions(
        sample_seed(cosigned=note, digest=bundle.digest),
        size=population.size,
        most=form.version.sampled.cases,
    )
    body = {
        "format": SAMPLE_FORMAT, "office": bundle.body["office"], "verifier": bundle.verifier,
        "made": legal_day(timezone.now()).isoformat(), "bundle": bundle.digest, "seen": note,
        "cases": shown_of(population, wanted, size=head.size),
    }  # fmt: skip
    return sealed(body, settings.AUDIT_SIGNING_KEY)


def check_answer(data: bytes, office: str, operator: str) -> SampleAnswer:
    """Keep what a sender answered to the draw from its bundle, with what of it does not agree."""
    return take_sample(viewer=Operator(operator), office=named(office), data=data, at=timezone.now())


def witness(data: bytes, office: str, operator: str) -> tuple[WitnessedHead, str]:
    """Keep where the log of an office below stands; and its checkpoint with this installation's line as its witness."""
    now = timezone.now()
    head = witness_log(viewer=Operator(operator), office=named(office), data=data, at=now)
    return head, countersigned(head.note, now)


def accept(files: Iterable[bytes], office: str, operator: str) -> list[TakenBundle | Refusal]:
    """Take in bundles for an office of this installation: of each what was taken in, or why it was not."""
    return take_bundles(viewer=Operator(operator), office=named(office), files=files, at=timezone.now())


def trust(sender: str, verifier_line: str, office: str, paper: str, operator: str) -> TrustedSender:
    """Enter the key of an office that sends bundles."""
    return trust_sender(
        viewer=Operator(operator), office=named(office), organisation=named(sender), verifier=verifier_line,
        paper=paper, at=timezone.now(),
    )  # fmt: skip


def named(short: str) -> Any:
    """An organisation by its short name. Raises NoSuchOrganisation."""
    found = office_named(short)
    if found is None:
        raise NoSuchOrganisation
    return found
