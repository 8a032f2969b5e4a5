"""Whether the rows of every sealed table are what their newest images say.

One pass of the database for each table; only what differs leaves it. That the images themselves are
those that were written is shown by the leaves of the tree (verification.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import DatabaseError, connection, transaction

from tongdian import plain_text
from tongdian.audit_log import queries
from tongdian.audit_log.findings import Finding, Kind
from tongdian.audit_log.images import EXACTLY, name_of
from tongdian.audit_log.models import Entry, RowShape
from tongdian.audit_log.rules import BASELINE_AGAIN
from tongdian.audit_log.tables import DerivedTable, Shape, declared, shapes
from tongdian.policy.words import Words

NAME_AT_MOST = 200
NAMED_OF_A_TABLE = 1_000  # of more than that, only how many there are

COMPARE = """
with newest as (
    select distinct on (listed.key) listed.key, image.is_gone, image.shape, image.salt, image.deed,
           substring(image.hashes from (listed.place - 1)::int * 16 + 1 for 16) as hash
      from audit_log_image image
     cross join lateral unnest(image.keys) with ordinality listed(key, place)
     where image."table" = %(table)s
     order by listed.key, image.id desc
)
select coalesce(newest.key, present.key),
       case when present.key is null then 'removed'
            when newest.key is null or newest.is_gone then 'inserted'
            else 'changed' end,
       (select place.sequence from audit_log_place place where newest.deed = any(place.deeds)
         order by place.sequence limit 1)
  from newest full join (select {key} as key, {hash_source} as said from "{table}" r) present
    on newest.key = present.key
 where case when present.key is null then not newest.is_gone
            when newest.key is null or newest.is_gone then true
            else newest.shape <> %(number)s
              or substring(sha256(newest.salt || convert_to(present.said, 'UTF8')) for 16)
                 <> newest.hash end
 limit {limit}
"""

STRANGERS = """
select image."table", image.is_gone, image.keys, image.writer
  from audit_log_image image
  left join (select distinct unnest(deeds) as deed from audit_log_place) sealed using (deed)
  left join audit_log_waitingdeed waiting using (deed)
 where sealed.deed is null and waiting.deed is null
 order by image.id
 limit {limit}
"""

HOW: dict[Kind, Words] = {
    "changed": Words("与第 {entry} 条封存的不符", "it is not what entry {entry} sealed"),
    "removed": Words("第 {entry} 条封存的行已不在", "the row that entry {entry} sealed is gone"),
    "inserted": Words("没有任何条目封存过它", "no entry ever sealed it"),
}


def compared() -> Iterator[Finding]:
    """Every row that is not what was sealed, and every image that no entry seals."""
    with connection.cursor() as cursor:
        for name, value in EXACTLY.items():
            cursor.execute("select set_config(%s, %s, true)", [name, value])
    yield from _strangers()
    yield from _shapes()
    known = {row.table: row for row in RowShape.objects.order_by("table", "number")}
    for shape in shapes():
        row = known.get(shape.table)
        if row is None:
            how = Words("没有封存", "it was never sealed")
            yield Finding("changed", shape.title, how, table=shape.table)
        else:
            yield from _differing(shape, row.number)


def derived() -> Iterator[Finding]:
    """Every derived row that is not what it is derived from."""
    for table, (kept, _) in sorted(declared().items()):
        if isinstance(kept, DerivedTable) and kept.differs:
            with connection.cursor() as cursor:
                cursor.execute(kept.differs)
                rows = cursor.fetchmany(NAMED_OF_A_TABLE)
            for (key,) in rows:
                how = Words(f"与其来源（{kept.source}）不符", f"it is not what {kept.source} give")
                title = Words(f"{kept.title.zh}（{key}）", f"{kept.title.en} ({key})")
                yield Finding("changed", title, how, table=table, key=key)


def _differing(shape: Shape, number: int) -> Iterator[Finding]:
    statement = COMPARE.format(
        key=shape.key_of("r"), hash_source=shape.text_of("r"), table=shape.table, limit=NAMED_OF_A_TABLE + 1
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, {"table": shape.table, "number": number})
            rows = cursor.fetchall()
    except DatabaseError as failed:  # a column or the whole table is gone
        said = str(failed).partition("\n")[0]
        how = Words(f"无法读取：{said}", f"it cannot be read: {said}")
        yield Finding("changed", shape.title, how, table=shape.table)
        return
    for key, kind, entry in islice(rows, NAMED_OF_A_TABLE):
        how = HOW[kind].fill(entry="—" if entry is None else entry)
        yield Finding(kind, _row(shape, key), how, table=shape.table, key=key)
    if len(rows) > NAMED_OF_A_TABLE:
        more = Words("还有更多行", "and more rows")
        yield Finding("changed", shape.title, more, table=shape.table)


def _row(shape: Shape, key: str) -> Words:
    """A row as people name it, beside its key; by its key alone where what it says makes no name."""
    said = _name(declared()[shape.table][1], key) if len(shape.key) == 1 else ""
    key = plain_text.legible(key)
    return Words(f"{shape.title.zh}{said}（{key}）", f"{shape.title.en}{said} ({key})")


def _name(model: Any, key: str) -> str:
    if "__str__" not in vars(model):
        return ""
    try:
        with transaction.atomic():  # what the database refuses must not end the whole check
            found = model._default_manager.filter(pk=key).first()
            said = "" if found is None else plain_text.legible(str(found))
    except Exception:
        # The row is not what the program wrote, so nothing that the model promises holds of it: a
        # code outside its choices, a cipher that does not open, a day after the year 9999.
        return ""
    return f" {said[:NAME_AT_MOST]}" if said else ""


def _strangers() -> Iterator[Finding]:
    titles = {shape.table: shape for shape in shapes()}
    with connection.cursor() as cursor:
        cursor.execute(STRANGERS.format(limit=NAMED_OF_A_TABLE))
        rows = cursor.fetchall()
    for table, is_gone, keys, writer in rows:
        kind: Kind = "removed" if is_gone else "changed"
        how = Words(
            f"由数据库登录 {writer} 写入，不是本系统所作",
            f"the database login {writer} wrote it, not this program",
        )
        for key in keys:
            what = _row(titles[table], key) if table in titles else Words(table, table)
            yield Finding(kind, what, how, table=table, key=key)


def _shapes() -> Iterator[Finding]:
    """Shapes that no baseline answers for, and tables whose rows were sealed anew."""
    told = {name for listed in queries.baselines() for name in listed}
    for row in RowShape.objects.order_by("id"):
        if name_of(row.table, row.number, row.key, row.columns) not in told:
            what = Words(f"表 {row.table} 的封存结构", f"The shape of {row.table}")
            yield Finding("inserted", what, Words("没有对应的基线条目", "no baseline says so"))
    for entry in Entry.objects.filter(action=BASELINE_AGAIN).order_by("id"):
        what = Words("各表的封存", "The seals of rows")
        how = Words(f"{entry.at} 被整体重做", f"they were made anew on {entry.at}")
        yield Finding("changed", what, how)
