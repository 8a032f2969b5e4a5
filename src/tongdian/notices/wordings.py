"""The wordings of notices: data, in both languages, checked whole when the program starts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

FILE = Path(__file__).parent / "wordings.yaml"
STANDING = {"organisation", "hotlines"}  # every notice may say them; who is asked need not give them
SMS_SIGNS = 300  # after filling, a text message is cut here; five parts of a long message


class BrokenWording(Refusal):
    """A wording that cannot be used."""

    says = Words("通知文本 {wording}：{problem}", "wording {wording}: {problem}")


class UnknownWording(Refusal):
    """No wording of that name."""

    says = Words("没有名为“{wording}”的通知文本。", 'There is no wording "{wording}".')


class WordingNotFilled(Refusal):
    """Something that the wording says was not given, or something was given that it does not say."""

    says = Words(
        "通知“{wording}”缺少 {missing}；多出 {unknown}。",
        'The notice "{wording}" lacks {missing} and does not know {unknown}.',
    )


class Texts(BaseModel):
    """What one language says: a heading, the whole, and what fits into a text message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    body: str
    short: str

    def named(self) -> set[str]:
        """What stands in braces."""
        found = set()
        for text in (self.title, self.body, self.short):
            for _text, name, form, conversion in Formatter().parse(text):
                if name is None:
                    continue
                if not name.isidentifier() or form or conversion:
                    raise ValueError(f"{{{name}}} is no plain name")
                found.add(name)
        return found

    def filled(self, params: Mapping[str, str]) -> Texts:
        """The texts with what is said."""
        return Texts(
            title=self.title.format_map(params),
            body=self.body.format_map(params),
            short=self.short.format_map(params)[:SMS_SIGNS],
        )


class Wording(BaseModel):
    """One notice: to whom, what it takes, and its texts. An urgent one also goes out at night."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    about: Words
    audience: Literal["customer", "staff"]
    urgent: bool = False
    takes: tuple[str, ...]
    zh: Texts
    en: Texts

    def said(self, language: str, params: Mapping[str, str]) -> Texts:
        """What is said in one language. Raises WordingNotFilled."""
        missing = sorted(set(self.takes) - params.keys())
        unknown = sorted(params.keys() - set(self.takes) - STANDING)
        if missing or unknown:
            raise WordingNotFilled(wording=self.name, missing=missing or "—", unknown=unknown or "—")
        return (self.en if language.startswith("en") else self.zh).filled(params)


def read_wordings(text: str) -> dict[str, Wording]:
    """Wordings from YAML, each checked. Raises BrokenWording."""
    found = {}
    for name, raw in yaml.safe_load(text).items():
        try:
            wording = Wording.model_validate(raw | {"name": name, "about": Words(*raw["about"])})
            named = {language: texts.named() for language, texts in _texts(wording).items()}
        except (ValidationError, ValueError, KeyError, TypeError) as broken:
            raise BrokenWording(wording=name, problem=str(broken)) from broken
        for language, names in named.items():
            if names - STANDING != set(wording.takes):
                odd = sorted((names - STANDING) ^ set(wording.takes))
                raise BrokenWording(wording=name, problem=f"{language}: {odd}")
        found[name] = wording
    return found


@cache
def wordings() -> dict[str, Wording]:
    """Every wording there is, by name."""
    return read_wordings(FILE.read_text(encoding="utf-8"))


def wording(name: str) -> Wording:
    """One of them. Raises UnknownWording."""
    found = wordings().get(name)
    if found is None:
        raise UnknownWording(wording=name)
    return found


def _texts(one: Wording) -> dict[str, Texts]:
    return {"zh": one.zh, "en": one.en}
