"""The example in docs/how-to/write-a-process.md is a process that loads and holds."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tongdian.policy.loading import load_pack

HOME = Path(__file__).parents[3]


def test_the_example_of_the_how_to_loads_and_its_story_holds(tmp_path):
    text = (HOME / "docs/how-to/write-a-process.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(example) == 1
    folder = tmp_path / "small"
    shutil.copytree(Path(__file__).parent / "small", folder)
    # the small pack has its own clause and checklist
    here = example[0].replace('"8(2)"', '"1"').replace("application-papers", "papers")
    (folder / "processes" / "connection.yaml").write_text(here)
    assert len(load_pack(folder).rules["shop-connection"].tests) == 1
