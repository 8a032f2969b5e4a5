"""Migrations, in a tenth of the time.

After every operation Django renders all models again that are related to the one it changed. Ours all
are, through the organisation and the account, and there are a thousand operations: of a first start's 45
seconds 40 went there, of an upgrade's 180 some 170. Here an operation renders the model that it changes;
others keep the class they had, whose table, key and columns are the same. A migration that runs Python on
models has all of them rendered first. That a database comes out the same, a test compares.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class _StateOfOne(ProjectState):
    def _find_reload_model(
        self, app_label: str, model_name: str, delay: bool = False
    ) -> set[tuple[str, str]]:
        return {(app_label, model_name.lower())}

    def clear_delayed_apps_cache(self) -> None:
        self.__dict__.pop("apps", None)

    def clone(self) -> ProjectState:
        found = super().clone()
        found.__class__ = _StateOfOne
        return found


class _ExecutorOfOne(MigrationExecutor):
    def _create_project_state(self, with_applied_migrations: bool = False) -> Any:
        state = super()._create_project_state(with_applied_migrations=with_applied_migrations)  # type: ignore[misc]
        state.__class__ = _StateOfOne
        return state


@contextlib.contextmanager
def rendering_what_changes() -> Iterator[None]:
    """Inside, the command `migrate` renders only the model that an operation changes."""
    migrate.MigrationExecutor = _ExecutorOfOne  # type: ignore[attr-defined]
    try:
        yield
    finally:
        migrate.MigrationExecutor = MigrationExecutor  # type: ignore[attr-defined]
