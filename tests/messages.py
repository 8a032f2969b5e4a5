"""`make messages`: collect every text of templates and code into both catalogues, and compile.

Texts are written in English where they stand. The Chinese catalogue is translated by hand; the
English one says the same. In pure Python, so that nobody needs gettext installed.
"""

import sys
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "tongdian"
DAY_ONE = datetime(2026, 1, 1, tzinfo=UTC)  # today's date would change the file every time
LANGUAGES = ("zh_Hans", "en")
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext")
}


def catalogue_path(language: str) -> Path:
    """Where a language's catalogue is."""
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"


@cache
def collected() -> Catalog:
    """Every text that is marked for translation, with the files it stands in."""
    found = Catalog(project="Tongdian", version="1")
    for path in sorted(PACKAGE.rglob("*.py")) + sorted(PACKAGE.rglob("templates/**/*.html")):
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            lines = templatize(source, origin=str(path)).splitlines()
            source = "\n".join(line.lstrip() for line in lines)  # a page's indents are not Python's
        place = [(str(path.relative_to(PACKAGE)), 1)]
        for _line, message, _comments, context in extract(
            "python", BytesIO(source.encode()), keywords=KEYWORDS
        ):
            found.add(message, locations=place, context=context)
    return found


def stored(language: str) -> Catalog:
    """The catalogue as committed."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str) -> Catalog:
    """What the catalogue would be: today's texts with the translations they have."""
    known = stored(language)
    catalogue = Catalog(
        locale=language,
        project="Tongdian",
        version="1",
        fuzzy=False,
        creation_date=DAY_ONE,
        revision_date=DAY_ONE,
        last_translator="Tongdian",
        language_team="Tongdian",
        msgid_bugs_address="none",
        header_comment="# The texts of pages. `make messages` brings this file up to date.",
    )
    for message in collected():
        if not message.id:
            continue
        old = known.get(message.id, message.context)
        translation = old.string if old else ""
        if language == "en":
            translation = message.id
        catalogue.add(message.id, translation, message.locations, context=message.context)
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue in the form that Django reads."""
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def main() -> None:
    """Write both catalogues, and name what waits for a translation."""
    for language in LANGUAGES:
        path = catalogue_path(language)
        catalogue = updated(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, sort_output=True, include_lineno=False, omit_header=False)
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        missing = [message.id for message in catalogue if message.id and not message.string]
        lines = [f"{language}: {len(catalogue)} texts, {len(missing)} to translate", *missing]
        sys.stdout.write("\n  ".join(lines) + "\n")


if __name__ == "__main__":
    main()
