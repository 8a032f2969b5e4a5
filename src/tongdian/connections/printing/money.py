"""The papers of money that cases bring about: the certificate of 48, the slip of 15(1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case, EffectRun, Event
from tongdian.connections.printing import (
    CHECK_BALANCE,
    ISSUE_CERTIFICATE,
    REFUND_POWER,
    SIGN_REFUND,
    hotlines,
    place_of,
    printed_paper,
)
from tongdian.connections.refusing import refusal
from tongdian.documents import PrintedSigner, RefundVoucher, SettlementCertificate
from tongdian.money import fen_of_yuan
from tongdian.policy.clauses import say_clause
from tongdian.policy.words import Words


def settlement_certificate(case: Case) -> bytes | None:
    """施工水电费结清证明 of article 48, as it was issued: contract, payment, time and amount, and who seals it;
    None where none was."""
    standing = certified(case)
    if standing is None:
        return None
    run, on = standing
    desk = case_queries.desk(case)
    roles = [desk.wording.stages[key].role for key in desk.wording.stages[run.stage].after]
    sealing = [case_queries.office_of(case, role, on) for role in roles]
    named = [desk.wording.all_roles[role].title.zh for role in roles]
    cited = "、".join(say_clause(one).zh for one in desk.wording.stages[run.stage].cite)
    checks = [one.effect_given for one in desk.wording.stages.values() if one.effect == CHECK_BALANCE]
    return printed_paper(
        SettlementCertificate(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            case=case.number,
            applicant=case.customer.name if case.customer else "",
            place=place_of(case),
            contract=run.given["contract"],
            payment=run.given["payment"],
            period_from=dt.date.fromisoformat(run.given["period_from"]),
            period_to=dt.date.fromisoformat(run.given["period_to"]),
            amount_fen=int(Decimal(run.given["amount"]) * 100),
            offices=tuple(
                office.name if office else name for office, name in zip(sealing, named, strict=True)
            ),
            is_of_all=any(told.get("of") == "customer" for told in checks),
            cites=(f"《{desk.pack.title.zh}》（{desk.pack.number}）{cited}",),
        )
    )


def certified(case: Case) -> tuple[EffectRun, dt.date] | None:
    """How the certificate of a case was issued, with what it says, and on which day; None where none was, or
    where it was taken back."""
    state = case_queries.state_of(case)
    runs = EffectRun.objects.filter(case=case, effect=ISSUE_CERTIFICATE, is_undoing=False).order_by("-id")
    run = next((one for one in runs if one.stage in state.done), None)
    if run is None:
        return None
    return run, state.runs[run.stage].attempts[-1].closed_on or state.last_on


def refund_voucher(case: Case) -> bytes | None:
    """退还电费领款单 of 15(1), with what was compared and who has signed so far; None before the seller
    has compared, and where nothing is returned."""
    state, desk = case_queries.state_of(case), case_queries.desk(case)
    stages = desk.wording.stages
    paid = next((one for one in stages.values() if one.effect == REFUND_POWER), None)
    amount = state.facts.get(paid.effect_given.get("fact", "")) if paid is not None else None
    if paid is None or not isinstance(amount, Decimal) or refusal(case, desk, state) is not None:
        return None
    facts = desk.wording.facts
    told = [name for name in facts if name in state.facts and not isinstance(state.facts[name], bool)]
    closed = {event.stage: event for event in case_queries.events(case) if event.kind == "closed"}
    signing = [
        key
        for key, one in stages.items()
        if one.effect == SIGN_REFUND or (desk.wording.owner_of(key) == "customer" and one.after)
    ]
    cited = "、".join(say_clause(one).zh for one in paid.cite)
    return printed_paper(
        RefundVoucher(
            number=case.number,
            issuer=case.organisation.name,
            issued_on=state.last_on,
            hotlines=hotlines(case.organisation),
            is_demo=case.is_demo,
            case=case.number,
            applicant=case.customer.name if case.customer else "",
            place=place_of(case),
            figures=tuple(
                ((facts[name].title or Words(name, name)).zh, facts[name].label(state.facts[name], "zh"))
                for name in told
            ),
            amount_fen=fen_of_yuan(amount),
            signatures=tuple(
                _signer(case, stages[key].title.zh, closed.get(key))
                for key in signing
                if key not in state.skipped
            ),
            cites=(f"《{desk.pack.title.zh}》（{desk.pack.number}）{cited}",),
        )
    )


def _signer(case: Case, role: str, event: Event | None) -> PrintedSigner:
    """Who closed a stage; a step of the customer's is theirs, whoever recorded it."""
    if event is None:
        return PrintedSigner(role=role)
    is_theirs = event.body.get("role") == "applicant"
    name = case.customer.name if is_theirs and case.customer else ""
    name = name or (event.account.shown_name if event.account else "")
    return PrintedSigner(role=role, name=name, on=event.on)
