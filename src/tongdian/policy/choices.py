"""Settings that a version leaves to interpretations: `{by: day-zero, of: {counted: true, not: false}}`.

A version with such settings is one version. What it says under an option is made when it is asked
for, so that choosing another option later never moves a case that is pinned to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, Self

from pydantic import PrivateAttr, ValidationError, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from tongdian.policy.kinds import Version
from tongdian.policy.reading import Id, YamlNode
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class LeftOpen:
    """Says of a part of a version, for editors, that a file may leave it to an interpretation."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        choice = {
            "type": "object",
            "required": ["by", "of"],
            "properties": {"by": {"type": "string"}, "of": {"type": "object"}},
        }
        return {"anyOf": [handler(core), choice]}


class ChoosingVersion(Version):
    """A dated wording some of whose settings are left to interpretations.

    The version itself stands under the first option of each, and `under` gives it under others. `formerly` are the options that a case goes
    by which was pinned before the setting was left to an interpretation.
    """

    formerly: dict[Id, str] = {}

    _choices: dict[str, tuple[str, ...]] = PrivateAttr(default_factory=dict)
    _written: Any = PrivateAttr(default=None)
    _made: dict[tuple[str, ...], Any] = PrivateAttr(default_factory=dict)
    _options: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _left_open(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        choices = _choices_in(data)
        if not choices:
            return handler(data)
        first = {key: options[0] for key, options in choices.items()}
        version = handler(_as_taken(data, first))
        version._choices, version._written, version._options = choices, data, first
        return version

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """The interpretations that decide settings, with the options that these know."""
        return self._choices

    @property
    def options(self) -> Mapping[str, str]:
        """The option that each of its settings stands at."""
        return self._options

    def under(self, taken: Mapping[str, str]) -> Self:
        """The version as it is under what is taken. Raises KeyError where an option is not known."""
        if not self._choices:
            return self
        options = {key: taken[key] for key in self._choices}
        asked = tuple(options.values())
        if asked not in self._made:
            made = type(self).model_validate(_as_taken(self._written, options))
            made._choices, made._written = self._choices, self._written
            made._options, made._made = options, self._made
            self._made[asked] = made
        found: Self = self._made[asked]
        return found


def check_choices(pack: Pack, source: YamlNode, version: ChoosingVersion, loc: tuple[str | int, ...]) -> None:
    """Raise PackError unless every option of what decides a setting has its value, and every way of taking them is
    right."""
    for key, options in version.choices.items():
        known = pack.interpretations[key].options if key in pack.interpretations else {}
        if set(options) != set(known):
            raise source.error(
                Words(f"“{key}”的选项是 {'、'.join(known)}", f"the options of {key} are {', '.join(known)}"),
                Words("给每个选项写一个值", "write a value for each of them under of"),
                loc=loc,
            )
    for taken in ways_of_taking(version):
        try:
            version.under(taken)
        except ValidationError as error:
            found = error.errors(include_url=False)[0]
            raise source.error(
                Words(f"采用 {taken} 时：{found['msg']}", f"taking {taken}: {found['msg']}"),
                Words("改正这个选项的值", "correct the value of that option"),
                loc=(*loc, *found["loc"]),
            ) from None


def ways_of_taking(version: ChoosingVersion) -> Iterator[dict[str, str]]:
    """Every way of taking what a version leaves open; one, where it leaves nothing open."""
    for options in product(*version.choices.values()):
        yield dict(zip(version.choices, options, strict=True))


def _is_choice(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"by", "of"}


def _choices_in(value: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    if _is_choice(value):
        found[value["by"]] = tuple(value["of"])
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        for key, options in _choices_in(part).items():
            found[key] = tuple(dict.fromkeys([*found.get(key, ()), *options]))
    return found


def _as_taken(value: Any, options: Mapping[str, str]) -> Any:
    if _is_choice(value):
        return _as_taken(value["of"][options[value["by"]]], options)
    if isinstance(value, dict):
        return {key: _as_taken(part, options) for key, part in value.items()}
    return [_as_taken(part, options) for part in value] if isinstance(value, list) else value
