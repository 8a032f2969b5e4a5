"""Every text of the pages exists in both languages, and what Django reads is what was written."""

import pytest

from tests.messages import LANGUAGES, catalogue_path, collected, compiled, stored, updated


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_lacks_a_translation(language):
    missing = [message.id for message in updated(language) if message.id and not message.string]
    assert missing == [], "translate these in the catalogue, then run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_every_text_of_today_and_none_of_yesterday(language):
    written = {message.id for message in stored(language) if message.id}
    assert written == {message.id for message in collected() if message.id}
    assert not any(message.fuzzy for message in stored(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_django_reads_is_compiled_from_what_was_written(language):
    read = catalogue_path(language).with_suffix(".mo").read_bytes()
    assert read == compiled(stored(language)), "run `make messages`"


def test_a_translation_keeps_the_places_of_its_text():
    for message in stored("zh_Hans"):
        if message.id and message.python_format:
            assert set(message.python_format and _places(message.id)) == set(_places(message.string)), (
                message.id
            )


def _places(text) -> list[str]:
    import re

    return re.findall(r"%\(\w+\)s", text if isinstance(text, str) else " ".join(text))
