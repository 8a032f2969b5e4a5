"""The divisions of China in the database.

`load` may run at every update: it adds what is new, corrects names, and takes nothing away, since
an old division stays in what was written while it existed.
"""

from typing import Any

from tongdian.regions import divisions


def load(region: Any, *, using: str) -> int:
    """Bring the table up to date, in one statement a thousand rows; how many divisions there are.

    `region` is the model, or what a migration knows of it; `using` the owner's database.
    """
    rows = [
        region(code=one.code, name=one.name, name_en=one.name_en, level=one.level, parent_id=one.parent)
        for one in divisions()
    ]
    region.objects.using(using).bulk_create(
        rows,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "name_en", "level", "parent"],
    )
    return len(rows)
