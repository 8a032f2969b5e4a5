"""Spreadsheets of registers whose rows are posted: a row is entered, or changed from a day on, by the register's own
actions, so that a file obeys all that a form does. What is posted is not undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from tongdian.agreements.importing.kinds.kind import Candidate, Job
from tongdian.agreements.importing.kinds.registers import RegisterKind
from tongdian.agreements.models import ImportRow
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import problem_of

Fate = ImportRow.Fate


class PostedRowsStay(Refusal):
    """What is posted stays; a mistake is put right by another row."""

    says = Words(
        "登记簿的内容已入账，不能撤销导入；误登的请变更登记：填写取消日期和原因，或写明更正后的内容。",
        "What is entered in this register stays: put a mistake right by a change, with its reason.",
    )
    status = 409


class PostedKind(RegisterKind):
    """Rows of a dated register. A row is tried by the action itself while it is previewed, and taken back."""

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """The newest row of each thing, by its code."""
        for link in self._links:
            self.load(link, {row.get(link.name) for row in rows}, job)
        codes = {row.get(self._key[-1]) for row in rows}
        found = self.model.objects.filter(organisation=job.organisation, code__in=codes)
        newest = found.order_by("code", "-in_force").distinct("code").select_related("organisation")
        return {(one.code,): one for one in newest}

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """What the action refuses is refused here."""
        self._read(row, present, job)
        if row.reasons or (present is not None and not list(self.compared(row, present))):
            return
        try:
            with transaction.atomic():
                self._do(row, present, job)
                transaction.set_rollback(True)  # a preview: it is done when it is confirmed
        except Refusal as refused:
            row.refuse(refused.field or self._columns[0].name, problem_of(refused))

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """Everything given that is otherwise now, but for the day and the reason, which every change says."""
        return [change for change in super().compared(row, present) if not self.fields[change[0]].asked_anew]

    def store(self, rows: Sequence[tuple[Candidate, ImportRow]], job: Job) -> None:
        """Enter new things and change others, each by its action and with its own entry in the log."""
        present = self.existing([row for row, _ in rows], job)
        for row, kept in rows:
            kept.subject = self._do(row, present.get(self.key(row)), job).pk

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """Nothing. Raises PostedRowsStay."""
        raise PostedRowsStay

    def _do(self, row: Candidate, present: Any | None, job: Job) -> Any:
        given = {one.name: self.value(one, row, job) for one in self.fields if row.get(one.name)}
        if present is None:
            add = self.register.add
            whole = {one.name: one.unsaid for one in self.fields} | given
            owned = {"organisation": job.organisation} if add.at == "organisation" else {}
            return add(viewer=job.viewer, at=job.at, **owned, **whole)
        change = self.register.change
        changed = {name: value for name, value in given.items() if name in change.fields}
        return change(viewer=job.viewer, at=job.at, **{change.of: present}, **changed)
