"""Packs, clauses, rules, and answers with their reasons."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router
from ninja.errors import AuthenticationError

from tongdian.api.rules import NoSuchClause
from tongdian.api.shapes import rulebook as shapes
from tongdian.api.v1.asking import REFUSED, account_calling
from tongdian.policy.clauses import say_clause
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.regions import known_region
from tongdian.rulebook import actions, queries
from tongdian.rulebook.queries import Coverage

PackId = Annotated[str, Path(description="a pack's id", max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
RuleId = Annotated[str, Path(description="a rule's id", max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
packs = Router(tags=["rulebook"])


@packs.get("", response={200: list[shapes.PackOut], **REFUSED})
def list_packs(request: HttpRequest) -> Any:
    """Every pack on the shelf that can be read; one that cannot says why at its own address."""
    return [_pack(pack) for pack in queries.readable_packs()[0]]


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
    after: Annotated[str, Query(max_length=80, description="the cursor: `next` of the page before")] = "",
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
def show_clause(request: HttpRequest, pack_id: PackId, clause_id: Annotated[str, Path(max_length=80)]) -> Any:
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


@packs.get("/{pack_id}/rules", response={200: list[shapes.RuleOut], **REFUSED})
def list_rules(request: HttpRequest, pack_id: PackId) -> Any:
    """Every rule of a pack."""
    return [
        {
            "id": rule.rule,
            "kind": rule.kind,
            "title": rule.title._asdict(),
            "cite": list(dict.fromkeys(cite for version in rule.versions for cite in version.cites)),
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
def answer(request: HttpRequest, pack_id: PackId, rule_id: RuleId, question: shapes.Question) -> Any:
    """What the rule says, and why. With `keep`, the answer is kept and sealed."""
    account = account_calling(request) if question.keep is not None else None
    if question.keep is not None and account is None:
        raise AuthenticationError
    asked = (
        queries.pack_for(pack_id, known_region(question.region)) if question.region else queries.pack(pack_id)
    )
    found = asked.answer(rule_id, on=question.on, given=question.given, take=question.take)
    kept = None
    if question.keep is not None:
        kept = actions.keep_answer(
            answer=found, given=question.given, subject=question.keep, by=account, at=timezone.now()
        )
    return found.to_json() | {"kept": str(kept.id) if kept else None}
