"""A line of mutations.txt that no longer says what stands in the program is seen before it is drawn."""

import re

from tests.mutations import PROJECT, mutations


def test_every_guard_stands_there_once_and_its_test_is_there():
    wrong = []
    for one in mutations():
        file, _, name = one.test.partition("::")
        place = PROJECT / one.file
        if not place.exists() or place.read_text(encoding="utf-8").count(one.guard) != 1:
            wrong.append(f"{one.file} :: {one.guard}")
        name = name.partition("[")[0]
        test = PROJECT / file
        if not test.exists() or not re.search(rf"def {name}\b", test.read_text(encoding="utf-8")):
            wrong.append(one.test)
    assert wrong == []
