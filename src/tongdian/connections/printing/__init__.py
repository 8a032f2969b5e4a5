"""The papers of an application and of its case, filled from what is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.conf import settings

from tongdian.agreements.models import AgreementText, Signature
from tongdian.agreements.queries import ClassNames
from tongdian.bounded import bounded
from tongdian.calendar import legal_day
from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case, OpenStage, Paper
from tongdian.connections.models import Application
from tongdian.connections.refusing import refusal
from tongdian.connections.rules import Service
from tongdian.documents import (
    ApprovalForm,
    CompletionNotice,
    GuideStep,
    Hotline,
    IssuedNotice,
    MissingPaper,
    MissingPapers,
    Opinion,
    PapersReceipt,
    Party,
    PrintedSignature,
    PrintedStage,
    ReceivedPaper,
    RefusalNotice,
    ServiceGuide,
    SignedText,
    render,
)
from tongdian.documents.printing import Language
from tongdian.documents.shapes import PrintedPaper
from tongdian.files.queries import open_file
from tongdian.notices.rules import NATIONAL_HOTLINE
from tongdian.parties.models import Organisation
from tongdian.parties.numbers import masked_identity, masked_phone
from tongdian.personal import decrypt
from tongdian.policy.clauses import say_clause
from tongdian.policy.process import OWNERS, CaseState, StageStatus
from tongdian.policy.words import Words

ISSUE_CERTIFICATE, CHECK_BALANCE = "issue-certificate", "check-balance"
SIGN_REFUND, REFUND_POWER = "sign-refund", "refund-power"
MEANS = {"customer_phone_code": "短信验证码", "account": "账号登录", "counter": "柜台签署"}


def hotlines(organisation: Organisation) -> tuple[Hotline, ...]:
    """The national number and the office's own, as they stand at the foot of every paper."""
    own = (Hotline(name=f"{organisation.name}服务热线", number=organisation.hotline),)
    return (Hotline(name="能源监管热线", number=NATIONAL_HOTLINE), *(own if organisation.hotline else ()))


def applicant(case: Case) -> Party:
    """The case's customer with masked numbers: a paper lies on counters."""
    customer = case.customer
    if customer is None:
        return Party(name="")
    identity, phone = decrypt(customer.identity), decrypt(customer.phone)
    return Party(
        name=customer.name,
        identity=masked_identity(identity) if identity and customer.kind == "person" else identity,
        contact=customer.contact,
        phone=masked_phone(phone),
        address=customer.address,
    )


def printed_paper(paper: PrintedPaper, *, language: Language = "zh") -> bytes:
    """The paper as PDF, set where a long one keeps nobody waiting."""
    return bounded(render, paper, language=language)


class _Form(NamedTuple):
    """What the pack's own form, `item` among the papers `asked`, is filled from."""

    desk: case_queries.Desk
    state: CaseState
    application: Application
    item: str
    asked: list[case_queries.NeededPaper]


def _form_of(case: Case) -> _Form | None:
    desk = case_queries.desk(case)
    item = desk.pack.head.uses.approval_form
    application = Application.objects.filter(case=case).first() if item else None
    if item is None or application is None:
        return None
    state = case_queries.state_of(case, desk)
    asked = case_queries.papers_asked(case, state, desk)
    return _Form(desk, state, application, item, asked) if any(one.item == item for one in asked) else None


def has_approval_form(case: Case) -> bool:
    """Whether the papers of a case hold the pack's own form, and somebody wrote an application."""
    return _form_of(case) is not None


def approval_form(case: Case) -> bytes | None:
    """《用水用电审批表》 as PDF, filled in, with what each office decided so far; None where there is none."""
    form = _form_of(case)
    if form is None:
        return None
    desk, state, application, item, asked = form
    return printed_paper(
        ApprovalForm(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=case.opened_on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            applicant=applicant(case),
            kind=_kind_of_user(desk),
            place=case.place.name if case.place else application.place_text,
            purpose=application.purpose,
            wants_water=application.wants_water,
            wants_power=application.wants_power,
            capacity_kw=application.capacity_kw,
            from_on=application.from_on,
            last_on=application.last_on,
            attached=tuple(one.title.zh for one in asked if one.is_here and one.item != item),
            opinions=tuple(_opinions(case, desk, state)),
        )
    )


def _kind_of_user(desk: case_queries.Desk) -> str:
    """The class of customers that the service is for, as the agreement will name it; else the service."""
    for stage in desk.wording.stages.values():
        if named := stage.effect_given.get("customer_class"):
            return ClassNames().classes(desk.pack.id)[named].zh
    return desk.process.title.zh


def _opinions(case: Case, desk: case_queries.Desk, state: CaseState) -> Iterator[Opinion]:
    """What each office decided, in the pack's order; room to write where it has not."""
    wording = desk.wording
    said = {event.stage: event for event in case_queries.events(case) if event.kind == "closed"}
    for key in desk.pack.head.uses.opinions:
        stage = wording.stages.get(key)
        if stage is None:
            continue
        office = wording.all_roles[stage.role].title.zh
        if key not in state.done:
            yield Opinion(office=office)
            continue
        event = said[key]
        no = next((name for name, one in wording.stages.items() if one.refuses and key in one.after), None)
        if no is None:
            words = (stage.opinion or stage.title).zh
        elif state.runs[no].status is StageStatus.SKIPPED:
            words = "同意"
        else:
            words = f"不同意：{said[no].body['note']}" if no in state.done else "不同意"
        note = event.body.get("note", "")
        by = event.account.shown_name if event.account else event.by.rpartition(":")[2]
        yield Opinion(office=office, words=f"{words}。{note}" if note else words, by=by, on=event.on)


def service_guide(office: Organisation, service: Service, fees: Sequence[tuple[str, str]]) -> bytes:
    """办事一次性告知书 of a service, for who asks at a counter or has a printer."""
    closed = all(asked.papers.closed for asked in service.asked)
    cited = {clause: say_clause(clause).zh for clause in service.cite}
    return printed_paper(
        ServiceGuide(
            number="",
            issuer=office.name,
            issued_on=service.on,
            hotlines=hotlines(office),
            is_demo=office.is_demo,
            business=service.title.zh,
            note=service.process.note.zh if service.process.note else "",
            papers=tuple(p.title.zh for asked in service.asked for p in asked.papers.papers),
            is_closed=closed,
            papers_cite="；".join(asked.answer.cited("zh") for asked in service.asked),
            steps=tuple(
                GuideStep(
                    name=f"{step.title.zh}（如需要）" if step.is_conditional else step.title.zh,
                    who=step.who.zh,
                    limit=step.limit.words.zh if step.limit else "",
                    cite="、".join(say_clause(clause).zh for clause in step.cite),
                )
                for step in service.steps
            ),
            totals=tuple(
                GuideStep(name=title.zh, who="", limit=limit.words.zh) for title, limit in service.totals
            ),
            fees=tuple(fees),
            apply_at=f"网上申请：{settings.PUBLIC_ADDRESS}/services/{office.short}/{service.id}/"
            + (f"；电话：{office.hotline}" if office.hotline else "")
            + (f"；地址：{office.address}" if office.address else "")
            + "。",
            cites=(f"{service.pack.number} {'、'.join(cited.values())}",),
        )
    )


def received_papers(case: Case) -> list[ReceivedPaper]:
    """What was handed in so far: papers of the lists, and files with which stages were closed."""
    state, desk = case_queries.state_of(case), case_queries.desk(case)
    listed = [
        ReceivedPaper(
            name=paper.title.zh,
            copies=len(paper.received),
            kind="电子件" if paper.received[0].file else "原件核验",
        )
        for paper in case_queries.papers_asked(case, state, desk)
        if paper.is_here
    ]
    return listed + [
        ReceivedPaper(name=one.title.zh, copies=len(one.files), kind="电子件")
        for one in case_queries.documents_of(case, state, desk)
        if one.files
    ]


def papers_receipt(case: Case) -> bytes:
    """材料接收回执: what was handed in so far, and when an answer is due."""
    desk = case_queries.desk(case)
    due = OpenStage.objects.filter(case=case, due_on__isnull=False).order_by("due_on").first()
    return printed_paper(
        PapersReceipt(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=case.opened_on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            case=case.number,
            business=desk.process.title.zh,
            applicant=case.customer.name if case.customer else "",
            place=place_of(case),
            papers=tuple(received_papers(case)),
            received_by=case.organisation.name,
            handed_in_by=case.customer.name if case.customer else "",
            due_on=due.due_on if due else None,
            track=f"{settings.PUBLIC_ADDRESS}/track/（凭业务编号和手机号）",
        )
    )


def missing_papers(case: Case) -> bytes | None:
    """补正材料通知书: everything that is missing, at once; None where nothing is."""
    state, desk = case_queries.state_of(case), case_queries.desk(case)
    lists = [one for one in case_queries.paper_lists(case, state, desk) if one.missing]
    if not lists or state.ending is not None:
        return None
    aside = {
        row.item: row.reason
        for row in Paper.objects.filter(case=case, kind=Paper.Kind.SET_ASIDE).order_by("id")
    }
    return printed_paper(
        MissingPapers(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=state.last_on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            case=case.number,
            business=desk.process.title.zh,
            applicant=case.customer.name if case.customer else "",
            papers=tuple(
                MissingPaper(
                    name=paper.title.zh,
                    what_is_wrong=aside.get(paper.item) or paper.reason or "未提交",
                    cite="" if paper.reason else listed.answer.cited("zh"),
                )
                for listed in lists
                for paper in listed.missing
            ),
            is_correction=bool(state.returned or aside),
            office=f"{settings.PUBLIC_ADDRESS}/track/{case.number}/",
        )
    )


def issued_notice(case: Case, title: Words, stage: str, *, on: dt.date) -> bytes:
    """A paper that an office issues with a stage: it names the business, the applicant and the place."""
    desk = case_queries.desk(case)
    declared = desk.wording.stages[stage]
    office = case_queries.office_of(case, declared.role, on) or case.organisation
    cited = "、".join(say_clause(one).zh for one in declared.cite)
    return printed_paper(
        IssuedNotice(
            number=case.number,
            issuer=office.name,
            issued_on=on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            title=title.zh,
            title_en=title.en,
            case=case.number,
            business=desk.process.title.zh,
            applicant=case.customer.name if case.customer else "",
            place=place_of(case),
            cites=(f"《{desk.pack.title.zh}》（{desk.pack.number}）{cited}",) if cited else (),
        )
    )


def completion_notice(case: Case) -> bytes | None:
    """办结通知单, with each stage's days; None before the end, and for a case that was refused."""
    state, desk = case_queries.state_of(case), case_queries.desk(case)
    if state.ending is None or state.ended_on is None or refusal(case, desk, state) is not None:
        return None
    clocks = desk.clocks(case, state, state.last_on)
    steps = []
    for key, run in state.runs.items():
        if not run.attempts:
            continue
        stage, last = desk.wording.stages[key], run.attempts[-1]
        reading = clocks.stage(key)
        steps.append(
            PrintedStage(
                name=stage.title.zh,
                whose=OWNERS[desk.wording.owner_of(key)].zh,
                began_on=run.attempts[0].opened_on,
                ended_on=last.closed_on or state.ended_on,
                used=reading.said.zh,
                limit=reading.limit.words.zh if reading.limit else "",
                is_late=reading.is_late,
            )
        )
    done = [desk.wording.stages[key].title.zh for key in state.done]
    total = clocks.altogether()
    return printed_paper(
        CompletionNotice(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=state.ended_on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            case=case.number,
            business=desk.process.title.zh,
            applicant=case.customer.name if case.customer else "",
            place=place_of(case),
            applied_on=state.opened_on,
            completed_on=state.ended_on,
            outcome="已撤回" if state.ending.value == "withdrawn" else "、".join(done[-1:]),
            steps=tuple(steps),
            total_used=total.said.zh,
            rate_at=f"{settings.PUBLIC_ADDRESS}/track/{case.number}/",
        )
    )


def refusal_notice(case: Case) -> bytes | None:
    """不予同意告知书: why, under which article, and what can be done; None where nothing was
    refused."""
    refused = refusal(case)
    if refused is None:
        return None
    return printed_paper(
        RefusalNotice(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=refused.on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            case=case.number,
            business=refused.business.zh,
            applicant=case.customer.name if case.customer else "",
            place=place_of(case) or "—",
            applied_on=case.opened_on,
            reasons=tuple(one.strip() for one in refused.reason.splitlines() if one.strip()),
            cites=(refused.cite.zh,),
            remedies=tuple(one.zh for one in refused.remedies),
        )
    )


def signed_text(case: Case, text: AgreementText) -> bytes:
    """The text as it was shown, with both signatures and what proves them."""
    signatures = {one.party: one for one in text.signatures.all()}
    return printed_paper(
        SignedText(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=legal_day(text.drawn_at),
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            title=text.title,
            paragraphs=tuple(text.body.split("\n\n")[1:]),
            supplier=Party(name=case.organisation.name),
            customer=applicant(case),
            supplier_signature=_signature(signatures.get("supplier")),
            customer_signature=_signature(signatures.get("customer"), text.customer.name),
        )
    )


def _signature(row: Signature | None, customer: str = "") -> PrintedSignature:
    """The evidence as it is printed; of who signed for the customer, by what right."""
    if row is None:
        return PrintedSignature()
    means = MEANS[row.method] + ("及手写签名" if row.drawing else "")
    half = len(row.authorisation) // 2  # so that it breaks in a narrow column
    file = f"{row.authorisation[:half]} {row.authorisation[half:]}"
    proxy = f"{row.name}代{customer}签署；原因：{row.proxy_reason}；授权书 SHA-256 {file}"
    return PrintedSignature(
        name=row.name,
        at=row.at,
        means=means,
        content_hash=row.text_hash,
        picture=open_file(row.drawing).content if row.drawing else b"",
        proxy=proxy if row.proxy_reason else "",
    )


def place_of(case: Case) -> str:
    """Where, as chosen or as the applicant described it."""
    if case.place is not None:
        return case.place.name
    application = getattr(case, "application", None)
    return application.place_text if application else ""
