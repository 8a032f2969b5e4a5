"""A fence in the database: who did one thing does not say that it is right."""

from __future__ import annotations

import pgtrigger


def second_person(key: str, table: str) -> pgtrigger.Trigger:
    """Refuses a row by who is also the `by` of the row of `table` that its `key` names."""
    name = f"nobody_answers_their_own_{key}"
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            if exists (select from {table} where id = new.{key}_id and by_id is not distinct from new.by_id) then
                raise exception 'who drew it up does not check it'
                    using errcode = 'check_violation', constraint = '{name}';
            end if;
            return new;
        """,  # noqa: S608, of our own words
    )
