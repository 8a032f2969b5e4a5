"""/api/v1: packs, clauses, rules, answers, working days, proofs."""

from __future__ import annotations

import json
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import NinjaAPI, Path, Query, Router
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.security import HttpBearer
from ninja.throttling import AnonRateThrottle
from pydantic import Field

from tongdian.api import shapes
from tongdian.api.problems import add_problems
from tongdian.api.queries import account_of
from tongdian.api.rules import NoSuchClause
from tongdian.audit_log import queries as log
from tongdian.calendar import NATIONAL
from tongdian.policy.clauses import say_clause
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.rulebook import actions, queries
from tongdian.rulebook.queries import Coverage

PROBLEMS = frozenset({400, 401, 403, 404, 413, 422, 429})
REFUSED = {PROBLEMS: shapes.Problem}

PackId = Annotated[
    str, Path(description="a pack's id", max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
]
RuleId = Annotated[
    str, Path(description="a rule's id", max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
]


class ExactParser(Parser):
    """Request bodies with their numbers as written: 0.1 must not become a binary float."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            body = json.loads(
                request.body, parse_float=str, parse_int=_whole, parse_constant=_refuse
            )
        except (ValueError, RecursionError):
            raise HttpError(400, "the body is not valid JSON") from None
        if _holds_nul(body):
            raise HttpError(400, "text may not contain NUL or lone surrogates")
        return body


def _whole(text: str) -> Any:
    return int(text) if len(text) < 19 else text


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _holds_nul(value: Any) -> bool:
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str) and ("\x00" in one or any("\ud800" <= c <= "\udfff" for c in one)):
            return True
        if isinstance(one, dict):
            pending += [*one, *one.values()]
        elif isinstance(one, list):
            pending += one
    return False


class TokenAuth(HttpBearer):
    """`Authorization: Bearer tdn_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return account_of(secret=token, at=timezone.now())


class Api(NinjaAPI):
    """NinjaAPI whose description gives problems their own content type."""

    def get_openapi_schema(self, *args: Any, **more: Any) -> Any:
        described = super().get_openapi_schema(*args, **more)
        for operations in described["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        content = response["content"]
                        content["application/problem+json"] = content.pop("application/json")
        return described


api = Api(
    title="Tongdian 通典",
    version="1",
    description="Regulations that answer: clauses, rules, answers with their reasons, working days, proofs.",
    parser=ExactParser(),
    throttle=[AnonRateThrottle(settings.API_ANONYMOUS_RATE)],
    docs_url="docs",
    urls_namespace="api-v1",
)
add_problems(api)
packs = Router(tags=["rulebook"])
days = Router(tags=["working days"])
audit = Router(tags=["audit log"], auth=TokenAuth())


# --- packs ---------------------------------------------------------------------------------------


@packs.get("", response={200: list[shapes.PackOut], **REFUSED})
def list_packs(request: HttpRequest) -> Any:
    """Every pack on the shelf."""
    return [_pack(pack) for pack in queries.packs()]


@packs.get("/{pack_id}", response={200: shapes.PackOut, **REFUSED})
def show_pack(request: HttpRequest, pack_id: PackId) -> Any:
    """One pack."""
    return _pack(queries.pack(pack_id))


def _pack(pack: Pack) -> dict[str, Any]:
    covered = Coverage.of(pack.clauses.values())
    chosen = {key: pack.choices.get(key, one.chosen) for key, one in pack.interpretations.items()}
    return {
        "id": pack.id,
        "title": pack.title._asdict(),
        "number": pack.number,
        "issuer": pack.head.issuer._asdict(),
        "in_force_from": pack.head.in_force.start,
        "content_hash": pack.content_hash,
        "clauses": covered.clauses,
        "implemented": covered.implemented,
        "half": covered.half,
        "planned": covered.planned,
        "rules": len(pack.rules),
        "interpretations_to_choose": [key for key, option in chosen.items() if option == "none"],
    }


@packs.get("/{pack_id}/clauses", response={200: shapes.Clauses, **REFUSED})
def list_clauses(
    request: HttpRequest,
    pack_id: PackId,
    after: Annotated[
        str, Query(max_length=80, description="the cursor: `next` of the page before")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Any:
    """Clauses in the document's order, a page at a time."""
    pack = queries.pack(pack_id)
    ids = list(pack.clauses)
    start = ids.index(after) + 1 if after in pack.clauses else 0
    if after and not start:
        raise NoSuchClause(pack=pack.id, clause=after)
    shown = ids[start : start + limit]
    texts = queries.official_texts(pack.id)
    more = start + limit < len(ids)
    return {
        "items": [_clause(pack, key, texts) for key in shown],
        "next": shown[-1] if more and shown else None,
    }


@packs.get("/{pack_id}/clauses/{path:clause_id}", response={200: shapes.ClauseOut, **REFUSED})
def show_clause(
    request: HttpRequest, pack_id: PackId, clause_id: Annotated[str, Path(max_length=80)]
) -> Any:
    """One clause, such as 9(1) or 附件1/24."""
    pack = queries.pack(pack_id)
    if clause_id not in pack.clauses:
        raise NoSuchClause(pack=pack.id, clause=clause_id)
    return _clause(pack, clause_id, queries.official_texts(pack.id))


def _clause(pack: Pack, key: str, texts: dict[str, str]) -> dict[str, Any]:
    clause = pack.clauses[key]
    return {
        "id": clause.id,
        "cite": say_clause(clause.id)._asdict(),
        "chapter": pack.chapters[clause.chapter].title._asdict(),
        "title": clause.title._asdict(),
        "says": clause.says._asdict(),
        "kind": clause.kind,
        "by": list(clause.by),
        "planned": list(clause.planned),
        "offices": list(clause.offices),
        "done_by": clause.done_by,
        "starred": clause.starred,
        "official_text": texts.get(clause.id),
    }


# --- rules and answers ---------------------------------------------------------------------------


@packs.get("/{pack_id}/rules", response={200: list[shapes.RuleOut], **REFUSED})
def list_rules(request: HttpRequest, pack_id: PackId) -> Any:
    """Every rule of a pack."""
    return [
        {
            "id": rule.rule,
            "kind": rule.kind,
            "title": rule.title._asdict(),
            "cite": list(dict.fromkeys(cite for version in rule.versions for cite in version.cite)),
            "tests": len(rule.tests),
        }
        for rule in queries.pack(pack_id).rules.values()
    ]


@packs.get("/{pack_id}/rules/{rule_id}", response={200: dict[str, Any], **REFUSED})
def show_rule(request: HttpRequest, pack_id: PackId, rule_id: RuleId) -> Any:
    """A rule's inputs with units and ranges, and its versions."""
    pack = queries.pack(pack_id)
    rule = pack.rule(rule_id)
    described = rule.describe()
    if isinstance(rule, SheetRule):
        described["grains"] = rule.describe_inputs(pack)
    return described


@packs.post("/{pack_id}/rules/{rule_id}/answers", response={200: shapes.AnswerOut, **REFUSED})
def answer(
    request: HttpRequest, pack_id: PackId, rule_id: RuleId, question: shapes.Question
) -> Any:
    """What the rule says, and why. With `keep`, the answer is kept and sealed."""
    account = _account(request) if question.keep is not None else None
    found = queries.pack(pack_id).answer(
        rule_id, on=question.on, given=question.given, take=question.take
    )
    kept = None
    if question.keep is not None:
        kept = actions.keep_answer(
            answer=found, given=question.given, subject=question.keep, by=account, at=timezone.now()
        )
    return found.to_json() | {"kept": str(kept.id) if kept else None}


def _account(request: HttpRequest) -> Any:
    from ninja.errors import AuthenticationError

    header = request.headers.get("Authorization", "")
    account = account_of(secret=header.removeprefix("Bearer "), at=timezone.now())
    if account is None:
        raise AuthenticationError
    return account


# --- working days --------------------------------------------------------------------------------

Code = Annotated[
    str, Query(pattern=r"^([0-9]{6})?$", description="GB/T 2260 code, for local days of rest")
]


@days.get("/add", response={200: shapes.WorkdaysOut, **REFUSED})
def add_working_days(
    request: HttpRequest,
    start: shapes.date,
    n: Annotated[int, Query(ge=0, le=20_000)],
    region: Code = NATIONAL,
) -> Any:
    """The day `n` working days after `start`; `start` itself is not counted."""
    end = queries.calendar().add_working_days(start, n, region=region)
    return {"start": start, "end": end, "working_days": n, "region": region}


@days.get("/between", response={200: shapes.WorkdaysOut, **REFUSED})
def working_days_between(
    request: HttpRequest, start: shapes.date, end: shapes.date, region: Code = NATIONAL
) -> Any:
    """Working days after `start` up to and including `end`."""
    count = queries.calendar().working_days_between(start, end, region=region)
    return {"start": start, "end": end, "working_days": count, "region": region}


@days.get("/days/{on}", response={200: shapes.DayOut, **REFUSED})
def show_day(request: HttpRequest, on: shapes.date, region: Code = NATIONAL) -> Any:
    """One day: worked or not, and why."""
    day = queries.calendar().day(on, region=region)
    return {
        "on": day.on,
        "is_working": day.is_working,
        "reason": day.reason.value,
        "name": day.name._asdict(),
        "source": day.source,
    }


# --- the audit log -------------------------------------------------------------------------------

Sequence = Annotated[int, Field(ge=0, le=2**62)]


@audit.get("/head", response={200: shapes.HeadOut, **REFUSED})
def log_head(request: HttpRequest) -> Any:
    """Size and root of the sealed log, and the newest signed checkpoint."""
    from tongdian.audit_log.models import Checkpoint

    if not request.auth.has_perm("audit_log.read"):  # type: ignore[attr-defined]
        raise log.NotAllowedToRead
    head = log.tree_head()
    newest = Checkpoint.objects.order_by("-size").first()
    return {
        "size": head.size,
        "root": head.root.hex(),
        "checkpoint": newest.note if newest else None,
    }


@audit.get("/entries/{sequence}/proof", response={200: shapes.ProofOut, **REFUSED})
def prove_entry(
    request: HttpRequest,
    sequence: Sequence,
    size: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Any:
    """Prove that an entry stands in the log of `size` (now, unless given)."""
    found = log.inclusion(viewer=request.auth, sequence=sequence, size=size)  # type: ignore[attr-defined]
    return {
        "sequence": found.sequence,
        "size": found.head.size,
        "root": found.head.root.hex(),
        "leaf": found.leaf.hex(),
        "proof": [step.hex() for step in found.proof],
    }


@audit.get("/consistency", response={200: shapes.ConsistencyOut, **REFUSED})
def prove_growth(
    request: HttpRequest,
    old_size: Annotated[int, Query(ge=1, le=2**62)],
    size: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Any:
    """Prove that the log of `old_size` begins the log of `size`: nothing was rewritten."""
    proof = log.consistency(viewer=request.auth, old_size=old_size, size=size)  # type: ignore[attr-defined]
    return {
        "old_size": old_size,
        "size": log.tree_head().size if size is None else size,
        "proof": [step.hex() for step in proof],
    }


api.add_router("/packs", packs)
api.add_router("/workdays", days)
api.add_router("/audit", audit)
