"""The office draws up what the customer signs, and signs for the supplier; fees of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.agreements.models import Agreement, AgreementText, Signature
from tongdian.agreements.queries import ClassNames
from tongdian.agreements.queries import agreement as agreement_seen
from tongdian.agreements.rules import SigningConsentMissing
from tongdian.agreements.signature_form import SealForm
from tongdian.allowed import NotAllowed
from tongdian.cases import queries as cases
from tongdian.cases.effects import effect_named
from tongdian.cases.models import Case
from tongdian.connections import actions, contracts, making_room, printing, queries
from tongdian.connections.forms import ChargesForm, DrawUpForm
from tongdian.connections.models import Charge
from tongdian.connections.pages.tracking import PRINTED, pdf_reply, printed_of
from tongdian.network.rules import Utility
from tongdian.parties.queries import shown_name
from tongdian.policy.process import Process
from tongdian.policy.refusals import Refusal
from tongdian.registers.inputs import FACT
from tongdian.registers.pages.guarding import guarded
from tongdian.rulebook.saying import cites
from tongdian.spoken import reader_language, say

SIGNING = contracts.SIGN_AGREEMENT
RESTING_ON_A_TEXT = {SIGNING, "keep-evidence"}
LOOKED_THROUGH = 200


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("agreements.sign")
def contract(request: HttpRequest, number: str) -> HttpResponse:
    """The texts of a case with who signed; the form that draws them up while nobody has."""
    case = cases.case_numbered(request.user, number)
    fixed = contracts.fixed_by_process(case)
    asks = {name: one for name, one in _asks(case).items() if name not in fixed}
    known: dict[str, Any] = {}
    wanted = getattr(queries.application_of(case), "from_on", None)
    known["first_on"] = max(filter(None, (timezone.localdate(), wanted)))
    typed = request.POST if request.method == "POST" else None
    form = DrawUpForm(typed, asks=asks, initial=known)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            contracts.draw_up(
                viewer=request.user,
                case=case,
                customer_class=str(form.cleaned_data.get(f"{FACT}customer_class", "")),
                price_category=str(form.cleaned_data.get(f"{FACT}price_category", "")),
                first_on=form.cleaned_data["first_on"],
                at=timezone.now(),
            )
        except Refusal as refused:
            refusal = say(refused)
        else:
            messages.success(request, gettext("Drawn up. The customer can sign it now."))
            return redirect("case-contract", number)
    standing = contracts.texts_of(case)
    texts = [(text, {one.party: one for one in text.signatures.all()}) for text in standing]
    context = {
        "case": case,
        "title": cases.desk(case).process.title.say(reader_language()),
        "texts": texts,
        "fixed": _said(case, fixed),
        "form": form,
        "may_draw_up": not any(signed for _text, signed in texts),
        "refusal": refusal,
        "seal": _seal_form(request, standing),
        "room": room(request, case),
        "on_paper": case.open_stages.filter(stage__in=_signing_stages(case)).first(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "connections/contract.html", context, status=status)


def _seal_form(request: HttpRequest, texts: list[AgreementText]) -> SealForm | None:
    """Where every text has the customer's signature and one lacks the office's."""
    if contracts.unsigned(texts) or not to_seal(texts):
        return None
    return SealForm(request, to_seal(texts)) if request.method != "POST" else None


def _asks(case: Case) -> Any:
    effect = effect_named(SIGNING)
    return effect.asks(case) if effect else {}


def _said(case: Case, fixed: Mapping[str, str]) -> list[str]:
    """The class and the price category that the process fixes, in the reader's words."""
    names, language = ClassNames(), reader_language()
    classes = names.classes(case.pack)
    prices = {
        code: words
        for utility in Utility.values
        for code, words in names.categories(case.pack, utility).items()
    }
    return [
        words[code].say(language)
        for words, code in (
            (classes, fixed.get("customer_class", "")),
            (prices, fixed.get("price_category", "")),
        )
        if code in words
    ]


def text_in(case: Case, id_: UUID) -> AgreementText:
    """A text that stands in a case, else Http404."""
    for text in contracts.texts_of(case):
        if text.pk == id_:
            return text
    raise Http404


def room(request: HttpRequest, case: Case) -> dict[str, Any] | None:
    """Who is supplied at the place of a case, once each, and the cases that would end that."""
    standing = making_room.in_the_way(case, timezone.localdate())
    if not standing:
        return None
    language = reader_language()
    may_open = request.user.has_perm("cases.open", case.organisation)
    begun = {one.customer_id: one for one in making_room.opened(case)}
    theirs: dict[UUID, list[Agreement]] = {}
    for one in standing:
        theirs.setdefault(one.customer_id, []).append(one)
    return {
        "case": case,
        "rows": [
            {
                "customer": shown_name(request.user, held[0].customer),
                "is_own": customer == case.customer_id,
                "agreements": held,
                "begun": begun.get(customer),
                "offered": [
                    (process.rule, process.title.say(language), agreement.pk)
                    for process, agreement in _offered(case, held)
                ]
                if may_open
                else [],
            }
            for customer, held in theirs.items()
        ],
    }


def _offered(case: Case, held: list[Agreement]) -> list[tuple[Process, Agreement]]:
    """Each process once, with the first agreement of the customer that it is for."""
    found: dict[str, tuple[Process, Agreement]] = {}
    for agreement in held:
        for process in making_room.offered(case, agreement):
            found.setdefault(process.rule, (process, agreement))
    return list(found.values())


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("cases.open")
def make_room(request: HttpRequest, number: str, id_: UUID) -> HttpResponse:
    """Say whose supply is to end or be renamed by which case, and open it once confirmed."""
    case = cases.case_numbered(request.user, number)
    agreement = agreement_seen(request.user, id_)
    if request.method != "POST":
        fitting = {one.rule: one for one in making_room.offered(case, agreement)}
        process = fitting.get(request.GET.get("process", ""))
        if process is None:
            raise Http404
        context = {
            "case": case,
            "process": process.rule,
            "title": process.title.say(reader_language()),
            "agreement": agreement,
            "customer": shown_name(request.user, agreement.customer),
        }
        return render(request, "connections/make_room.html", context)
    try:
        made = making_room.make_room(
            viewer=request.user,
            case=case,
            agreement=agreement,
            process=request.POST.get("process", ""),
            at=timezone.now(),
        )
    except NotAllowed:
        raise
    except Refusal as refused:
        messages.error(request, say(refused))
        return redirect("case", number)
    messages.success(request, gettext("%(number)s is open.") % {"number": made.number})
    return redirect("case", made.number)


@require_POST
@guarded("agreements.sign")
def countersign(request: HttpRequest, number: str) -> HttpResponse:
    """The supplier's signature under every text that waits for it, with the session of who is signed
    in, who has just said their password or second factor again."""
    raise_if_reauthentication_required(request, app="")
    case = cases.case_numbered(request.user, number)
    form = SealForm(request, to_seal(contracts.texts_of(case)))
    try:
        if not form.is_valid():
            raise SigningConsentMissing
        contracts.seal(
            viewer=request.user, case=case, shown=form.shown, evidence=form.evidence, at=timezone.now()
        )
    except Refusal as refused:
        messages.error(request, say(refused))
    else:
        messages.success(request, gettext("Signed for the office."))
        if case.open_stages.filter(stage__in=_signing_stages(case)).exists():
            messages.info(request, gettext("The stage asks for more; complete it on the case."))
    return redirect("case-contract", number)


def to_seal(texts: list[AgreementText]) -> list[AgreementText]:
    """The texts that the office has not signed."""
    return contracts.unsigned(texts, Signature.Party.SUPPLIER)


def _signing_stages(case: Case) -> list[str]:
    return [key for key, stage in cases.desk(case).wording.stages.items() if stage.effect == SIGNING]


@require_safe
@guarded("agreements.read")
def contract_pdf(request: HttpRequest, number: str, id_: UUID) -> HttpResponse:
    """The text as PDF, with the signatures so far."""
    case = cases.case_numbered(request.user, number)
    return pdf_reply(printing.signed_text(case, text_in(case, id_)), number)


@require_safe
@guarded("cases.read_papers")
def printed(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """A receipt or notice of the case, as its applicant has it."""
    case = cases.case_numbered(request.user, number)
    if kind not in PRINTED or not cases.may_read_papers(request.user, case):
        raise Http404
    return pdf_reply(PRINTED[kind][1](case), f"{number}-{kind}")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("cases.open")
def charge(request: HttpRequest, number: str) -> HttpResponse:
    """Charge fees of the published catalogue, which is listed with its prices. What is typed comes
    back with what it comes to while it is typed: the total is worked out here alone."""
    case = cases.case_numbered(request.user, number)
    desk, today = cases.desk(case), timezone.localdate()
    typed = request.POST if request.method == "POST" else request.GET or None
    form = ChargesForm(
        typed, fees=queries.fees(case.organisation, on=today, service=(case.pack, case.process))
    )
    refusal = ""
    if form.is_valid() and request.method == "POST":
        try:
            actions.charge(viewer=request.user, case=case, quantities=form.quantities, at=timezone.now())
        except NotAllowed:
            raise
        except Refusal as refused:
            refusal = say(refused)
        else:
            messages.success(request, gettext("Charged."))
            return redirect("case-charge", number)
    charges = list(Charge.objects.filter(case=case).select_related("fee").order_by("at"))
    language = reader_language()
    context = {
        "case": case,
        "title": desk.process.title.say(language),
        "form": form,
        "cites": cites(desk.pack, desk.pack.head.charges_by, language),
        "charges": charges,
        "charged": sum((one.yuan for one in charges), Decimal("0.00")),
        "refusal": refusal,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "connections/charge.html", context, status=status)


def agreements_waiting(viewer: Any) -> list[tuple[Case, str, bool]]:
    """The cases in a viewer's hands that stand at signing: what is next, and whether it is theirs."""
    if not viewer.has_perm("agreements.sign"):
        return []
    found = []
    signing = cases.at_effect(viewer, SIGNING, among=LOOKED_THROUGH)
    texts = contracts.texts_by_case(signing)
    for case in signing:
        signed = [{one.party for one in text.signatures.all()} for text in texts.get(case.pk, ())]
        if not signed:
            found.append((case, gettext("draw up the agreement"), True))
        elif any("customer" not in parties for parties in signed):
            found.append((case, gettext("waits for the customer's signature"), False))
        elif any("supplier" not in parties for parties in signed):
            found.append((case, gettext("sign the agreement for the office"), True))
    return found


def case_links(request: HttpRequest, of: Any) -> dict[str, Any] | None:
    """What the page of a case shows of this area: the agreement, visits, fees, the rating. `of` is
    the case as its page has read it."""
    case: Case = of.case
    if not of.may_read_papers:
        return None
    standing = contracts.texts_by_case([case]).get(case.pk, ())
    texts = [(text, {one.party for one in text.signatures.all()}) for text in standing]
    stages = of.wording.stages
    signing = [key for key, stage in stages.items() if stage.effect in RESTING_ON_A_TEXT]
    before_it = bool(signing) and not all(
        run.status == "done" for key, run in of.state.runs.items() if key in signing
    )
    printed = printed_of(case)
    shown = {
        "room": room(request, case) if before_it else None,
        "printed": printed,
        "signs": bool(signing or texts),
        "may_charge": request.user.has_perm("cases.open", case.organisation)
        and "refusal" not in dict(printed),
        "may_place": case.place is None
        and case.ended_on is None
        and request.user.has_perm("cases.open", case.organisation),
        "application": getattr(case, "application", None),
        "visits": list(case.visits.select_related("office").order_by("starts_at")),
        "charges": list(case.charges.select_related("fee").order_by("at")),
        "rating": getattr(case, "rating", None) if case.ending else None,
    }
    if not any(shown.values()):
        return None
    return shown | {
        "case": case,
        "texts": texts,
        "to_draw_up": not texts and _is_time_to_draw_up(of.state.open_stages, stages, signing),
        "to_seal": any(signed == {Signature.Party.CUSTOMER} for _text, signed in texts),
        "may_sign": request.user.has_perm("agreements.sign", case.organisation),
    }


def _is_time_to_draw_up(waiting: Iterable[str], stages: Any, signing: list[str]) -> bool:
    """Where the case is about nothing but a contract at once, else when it comes to be signed."""
    is_contract = any(stages[key].effect != SIGNING for key in signing)
    return any(is_contract or stage in signing for stage in waiting)
