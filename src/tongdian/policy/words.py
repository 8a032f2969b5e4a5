"""Text that exists in every language of the product, Chinese first."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Language = Literal["zh", "en"]


class Words(NamedTuple):
    """One text in Chinese and English.

    >>> Words("保证金", "deposit").say("en")
    'deposit'
    """

    zh: str
    en: str

    def say(self, language: str) -> str:
        """The text in `language`; anything that does not begin with "en" reads Chinese."""
        return self.en if language.startswith("en") else self.zh

    def fill(self, **facts: Any) -> Words:
        """Both texts with `{name}` places filled; Words and lists are said as the language does."""
        return Words(*(_filled(text, facts, language) for text, language in zip(self, _ORDER, strict=True)))


_ORDER: tuple[Language, Language] = ("zh", "en")


def _filled(text: str, facts: dict[str, Any], language: Language) -> str:
    return text.format(**{name: _said(fact, language) for name, fact in facts.items()})


def _said(fact: Any, language: str) -> Any:
    if isinstance(fact, Words):
        return fact.say(language)
    if isinstance(fact, (list, tuple)):  # several things, as the language lists them
        return ("、" if language == "zh" else ", ").join(str(_said(one, language)) for one in fact)
    return fact


EXAMPLE = Words("（示例数据，非官方）", " (EXAMPLE figures, not official)")
"""Beside whatever rests on figures that a pack marks as examples."""
