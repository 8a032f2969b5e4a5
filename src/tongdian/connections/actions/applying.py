"""Applying: the applicant entered, the case opened, the papers handed in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from tongdian.agreements.rules import is_name_of
from tongdian.calendar import legal_day
from tongdian.cases import actions as cases
from tongdian.cases import queries as case_queries
from tongdian.cases.models import ApplicationChannel, Case, OpenStage, Paper
from tongdian.cases.rules import Applicant
from tongdian.connections import printing, queries
from tongdian.connections.entries import WHAT, WHERE, asked_of, capacity_of, must_say_why
from tongdian.connections.models import Application, Draft
from tongdian.connections.rules import NobodyApplies, OnlineCounter, printed_forms
from tongdian.files.actions import keep_document, store
from tongdian.network.models import Place
from tongdian.parties.actions.customers import enter_customer, known_by
from tongdian.parties.actions.privacy import Consented, IdentityConsentMissing, check_consent, record_consent
from tongdian.parties.models import Consent, Customer, Organisation
from tongdian.parties.queries import customer_with_identity
from tongdian.parties.rules import Document
from tongdian.personal import encrypt, lookup
from tongdian.policy import process as kernel
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.rulebook import queries as rulebook


def submit(*, draft: Draft, at: dt.datetime, language: str = "zh-hans", account: Any = None) -> Case:
    """Send a draft: the applicant is entered, the case opened, the papers handed in. Who sends it signed in
    (`account`) under the name and telephone that the office knows them by is that customer, number or not.

    The form that is this program's own is printed and kept with them. Where the first stage is the
    applicant's and nothing is missing for it, it is complete with that. Raises ConsentMissing
    and IdentityConsentMissing where the applicant did not agree to the privacy notice in force;
    the latter for an identity number here, for a picture of the document where it is handed in. Raises
    BadValue and PlaceNotOffered, with the field, for what the service asks (`entries`).
    """
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        if row.case_id is not None:
            return Case.objects.get(pk=row.case_id)  # sent twice, applied once
        written = queries.content(row)
        form = written["form"]
        facts = {name: value for name, value in written["facts"].items() if value != ""}
        counter = OnlineCounter(row.organisation)
        is_firm = form.get("kind") == Customer.Kind.FIRM  # a firm's code is nobody's identity
        gave_identity = form.get("gave_identity") == "true" or form.get("identity", "").strip()
        consented = check_consent(_consented(form), takes_identity=bool(gave_identity) and not is_firm, at=at)
        said = _said(row, form, facts, at)
        customer = _applicant(counter, {**form, **said}, consented, at, account)
        case = cases.open_case(
            viewer=counter,
            organisation=row.organisation,
            pack=row.pack,
            process=row.process,
            customer=customer,
            place=said["place"],
            at=at,
            facts=facts,
            channel=ApplicationChannel.ONLINE,
        )
        _keep_application(case, said, language)
        applicant = Applicant(case.id, case.number)
        _hand_in(case, written["papers"], applicant, at)
        _complete_first_stages(case, applicant, at)
        row.case = case
        row.content = encrypt(json.dumps({"form": {}, "facts": {}, "papers": {}}))
        row.save(update_fields=["case", "content"])
    return case


def take_application(
    *,
    viewer: Any,
    organisation: Organisation,
    pack: str,
    process: str,
    customer: Customer | None,
    place: Place | None,
    at: dt.datetime,
    given: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    channel: str = ApplicationChannel.COUNTER,
    claimed_on: dt.date | None = None,
    part_of: Case | None = None,
) -> Case:
    """Open a case for somebody at the counter, who is asked what an application online asks.

    `given` are the answers of `entries` as a door got them, but who applies and where. A case
    within another (`part_of`) is for the same customer at the same place, and asks nothing again.
    Raises NobodyApplies, BadValue, PlaceNotOffered, and what `cases.open_case` does.
    """
    opening: dict[str, Any] = {
        "viewer": viewer,
        "organisation": organisation,
        "pack": pack,
        "process": process,
        "at": at,
        "facts": facts,
        "channel": channel,
        "claimed_on": claimed_on,
    }
    if part_of is not None:
        customer, place = customer or part_of.customer, place or part_of.place
    if customer is None:
        raise NobodyApplies
    if part_of is not None:
        return cases.open_case(**opening, customer=customer, place=place, part_of=part_of)
    on = claimed_on or legal_day(at)
    service = queries.service_of(organisation, process, on, pack_id=pack)
    answers = {**(given or {}), "place": place}
    said = asked_of(service).at_counter().read(answers, Scope(organisation=organisation, on=on))
    must_say_why(service, place=said["place"], kind=customer.kind, remark=said["remark"])
    if (stated := capacity_of(service, facts or {})) is not None:
        said["capacity_kw"] = stated
    with transaction.atomic():
        case = cases.open_case(**opening, customer=customer, place=place)
        _keep_application(case, said)
    return case


def _keep_application(case: Case, said: Mapping[str, Any], language: str = "zh-hans") -> Application:
    asked_for = {one.name: said[one.name] for one in (WHERE["place_text"], *WHAT)}
    return Application.objects.create(case=case, language=language, **asked_for)


def _said(draft: Draft, form: Mapping[str, Any], facts: Mapping[str, Any], at: dt.datetime) -> dict[str, Any]:
    """What was answered, if it is all that this service asks. Raises BadValue, PlaceNotOffered."""
    service = queries.service_of(draft.organisation, draft.process, legal_day(at))
    said = asked_of(service).read(form, Scope(organisation=draft.organisation, on=legal_day(at)))
    must_say_why(service, place=said["place"], kind=said["kind"], remark=said["remark"])
    if (stated := capacity_of(service, facts)) is not None:
        said["capacity_kw"] = stated
    return said


def _consented(form: Mapping[str, str]) -> Consented | None:
    """What was ticked below the notice, or what the API said; None: nothing."""
    version = form.get("notice", "")
    if form.get("consent") != "true" or not version.isascii() or not version.isdigit():
        return None
    return Consented(
        version=int(version),
        identity=form.get("consent_identity") == "true",
        door=Consent.Door.API if form.get("door") == Consent.Door.API else Consent.Door.PAGE,
    )


def _applicant(
    counter: OnlineCounter, form: Mapping[str, str], consented: Consented, at: dt.datetime, account: Any
) -> Customer:
    """The customer of that identity number if the name is the same; without a number the one who is signed in, if
    name and telephone are theirs; else a new one."""
    organisation = counter.organisation
    kind, said = form.get("kind", "person"), form.get("identity", "").strip()
    document, identity = known_by(kind, form.get("document", Document.ID_CARD), said, on=legal_day(at))
    known = customer_with_identity(organisation, identity, document) if identity else None
    if known is not None:
        if not is_name_of(form["name"], (known.name,)):
            raise BadInput(
                name=Words("证件号码", "identity number"),
                problem=Words("与姓名不符", "does not belong to that name"),
            ).about("identity")
        record_consent(viewer=counter, customer=known, consented=consented, at=at)
        return known
    own = None if identity else queries.customer_of(account, organisation)
    if (
        own is not None
        and is_name_of(form["name"], (own.name,))
        and bytes(own.phone_lookup) == lookup(form["phone"])
    ):
        record_consent(viewer=counter, customer=own, consented=consented, at=at)
        return own
    return enter_customer(
        viewer=counter,
        organisation=organisation,
        name=form["name"],
        kind=kind,
        document=document,
        identity=identity,
        phone=form["phone"],
        contact=form.get("contact", ""),
        email=form.get("email", ""),
        address=form.get("address", ""),
        consented=consented,
        at=at,
    )


def _hand_in(
    case: Case, papers: Mapping[str, Sequence[Mapping[str, str]]], applicant: Applicant, at: dt.datetime
) -> None:
    state = case_queries.state_of(case)
    own_forms = printed_forms(rulebook.pack(case.pack))
    for listed in case_queries.paper_lists(case, state):
        for wanted in sorted(listed.needed, key=lambda one: one.item in own_forms):  # it names the others
            pages = list(papers.get(wanted.item, ()))
            form = printing.approval_form(case) if not pages and wanted.item in own_forms else None
            if form is not None:
                pdf = keep_document(content=form, at=at)
                pages = [{"hash": pdf.hash, "name": f"{wanted.title.zh}.pdf"}]
            for page in pages:
                cases.receive_paper(
                    viewer=applicant, case=case, item=wanted.item, file=page["hash"], name=page["name"], at=at
                )


def _complete_first_stages(case: Case, applicant: Applicant, at: dt.datetime) -> None:
    """The applicant's own first stage ends with the application, where nothing is missing."""
    for stage in OpenStage.objects.filter(case=case, owner="customer").order_by("stage"):
        desk = case_queries.desk(case)
        state = case_queries.state_of(case, desk)
        listed = case_queries.paper_list(case, state, stage.stage, desk)
        asked = kernel.facts_asked(desk.process, state, stage.stage)
        is_all_here = listed is None or not listed.missing
        declared = desk.wording.stages[stage.stage]
        does_nothing = declared.effect is None and not declared.yields
        if is_all_here and does_nothing and not asked:
            cases.close_stage(viewer=applicant, case=case, stage=stage.stage, seen=state.seq, at=at)
    case.refresh_from_db()


def hand_in_paper(
    *,
    viewer: Any,
    case: Case,
    item: str,
    content: bytes,
    name: str,
    at: dt.datetime,
    consented: Consented | None = None,
) -> Paper:
    """A page handed in later, by the applicant or an officer. `consented` is what an applicant ticks
    beside an identity document. Raises what `files` refuses, ConsentMissing, IdentityConsentMissing.
    """
    with transaction.atomic():
        if isinstance(viewer, Applicant) and case_queries.lacks_identity_consent(case, item):
            if consented is None or case.customer is None:  # before the file is kept anywhere
                raise IdentityConsentMissing
            said = check_consent(consented, takes_identity=True, at=at)
            counter = OnlineCounter(case.organisation)
            record_consent(viewer=counter, customer=case.customer, consented=said, at=at)
        stored = store(content=content, at=at)
        return cases.receive_paper(
            viewer=viewer, case=case, item=item, file=stored.hash, name=name[:200], at=at
        )
