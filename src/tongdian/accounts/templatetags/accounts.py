"""Fen as people read them."""

from typing import Any

from django import template

from tongdian.money import format_yuan, in_capitals
from tongdian.policy.clauses import say_clause
from tongdian.policy.words import Words
from tongdian.spoken import say

register = template.Library()


@register.filter
def yuan(fen: int | None) -> str:
    """¥1,234.50; a dash for nothing known."""
    return "—" if fen is None else format_yuan(fen)


@register.filter
def capitals(fen: int) -> str:
    """壹仟贰佰叁拾肆元伍角."""
    return in_capitals(fen)


@register.filter
def in_language(title: dict[str, Any]) -> str:
    """What a debt is called, in the reader's language."""
    return say(Words(title["zh"], title["en"]))


@register.filter
def clause(cite: str) -> str:
    """Article 21; as it stands, where it is no clause's number."""
    return say(say_clause(cite)) if cite[:1].isdigit() else cite
