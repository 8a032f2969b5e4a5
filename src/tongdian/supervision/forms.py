"""Forms of findings and letters: what actions ask, with whom and which clause chosen from lists, and a file."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from tongdian.files.actions import store
from tongdian.policy.form_lines import clauses_of
from tongdian.policy.words import Words
from tongdian.registers.fields import Field, Fields, Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.sorts import Selection, Text
from tongdian.supervision.actions.findings import MOST_TEXT, Evidence
from tongdian.supervision.fields import CLAUSE, EVIDENCE_PAPER
from tongdian.supervision.queries.competence import supervised_by
from tongdian.supervision.queries.offices import supervising_packs
from tongdian.supervision.queries.tasks import may_report


def _supervised(scope: Scope) -> dict[str, Words]:
    return _named(scope, urging=False)


def _urged(scope: Scope) -> dict[str, Words]:
    return _named(scope, urging=True)


def _named(scope: Scope, *, urging: bool) -> dict[str, Words]:
    if scope.organisation is None or scope.on is None:
        return {}
    found = supervised_by(scope.organisation, scope.on, urging=urging)
    return {one.short: Words(one.name, one.name_en or one.name) for one in found}


def _clauses(scope: Scope) -> dict[str, Words]:
    packs = supervising_packs(scope.organisation, scope.on) if scope.organisation and scope.on else []
    return {
        key: Words(f"{key} {clause.title.zh}", f"{key} {clause.title.en}")
        for pack in packs
        for key, clause in pack.clauses.items()
    }


def _clauses_of_letters(scope: Scope) -> dict[str, Words]:
    """As `_clauses`, those of the document's letter first, then the tasks of whom it has supervise."""
    packs = supervising_packs(scope.organisation, scope.on) if scope.organisation and scope.on else []
    clauses = {key: one for pack in packs for key, one in pack.clauses.items()}
    supervisors = {
        office for pack in packs if (says := pack.head.uses.inspecting) is not None for office in says.by
    }
    order = sorted(
        clauses,
        key=lambda key: (not key.startswith(LETTER), not supervisors & set(clauses[key].offices or ())),
    )
    said = _clauses(scope)
    return {key: said[key] for key in order}


def _tasks(scope: Scope) -> dict[str, Words]:
    """The tasks of an office, then the standards that a paper of it may show."""
    if scope.organisation is None or scope.on is None:
        return {}
    found = {}
    for pack in supervising_packs(scope.organisation, scope.on):
        for sort in ("task", "standard"):
            for one in clauses_of(pack, sort):
                if may_report(scope.organisation, pack, one, on=scope.on):
                    found[one.id] = Words(f"{one.id} {one.title.zh}", f"{one.id} {one.title.en}")
    return found


LETTER = "通知/"  # how the clauses of the document's letter begin, which has offices press, summon and name
TASK_OF_OFFICE = Selection("clause", Words("任务", "Task"), of=_tasks)
DIVISION = Text(
    "region",
    Words("所在地区", "Division"),
    most=60,
    optional=True,
    example="雁山区",
    note=Words(
        "名称或行政区划代码；不填即被监管单位所在地区。",
        "Its name or code; blank means that of whom it is about.",
    ),
)
ABOUT = Selection("about", Words("被监管单位", "Office or supplier"), of=_supervised)
URGED = Selection("about", Words("督促对象", "To whom"), of=_urged)


def with_lists(asked: Fields, *before: Field, is_letter: bool = False) -> Fields:
    """What an action asks, its clause chosen from the pack: an action takes any that a pack has, a person looks. A
    division is named as people call it (`division_named`)."""
    clauses = _clauses_of_letters if is_letter else _clauses
    instead: dict[str, Field] = {"clause": Selection("clause", CLAUSE.title, of=clauses), "region": DIVISION}
    return Fields(*before, *(instead.get(one.name) or replace(one) for one in asked))


class EvidenceForm(FieldsForm):
    """What is asked, with a paper's name and a file to bring along."""

    def __init__(
        self, asked: Fields, request: Any = None, *, scope: Scope, values: Any = None, key: str = ""
    ) -> None:
        """`request`: what was sent, for the form by which it was; `key` tells the forms of a page apart."""
        typed = request.POST if request is not None and request.method == "POST" else None
        super().__init__(asked.adding(EVIDENCE_PAPER), typed, scope=scope, values=values)
        self.fields["file"] = forms.FileField(
            required=False,
            label=gettext_lazy("File"),
            help_text=gettext_lazy("PDF, JPEG or PNG, 20 MB at most."),
            widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic"}),
        )
        if request is not None:
            self.files = request.FILES
        if key:
            self.auto_id = f"{key}_%s"

    def said(self) -> dict[str, Any]:
        """What was typed, without the evidence."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("paper", "file")}

    def evidence(self, *, at: dt.datetime) -> Evidence:
        """The paper and the file as references; the file is kept. In the transaction of the deed.

        Raises FileEmpty, FileTooLarge, TypeNotAllowed, FileDamaged, PictureTooLarge, TooMuchWork, Busy."""
        paper, upload = self.cleaned_data.get("paper"), self.cleaned_data.get("file")
        found: list[dict[str, str]] = [{"kind": "paper", "ref": paper}] if paper else []
        if upload:
            kept = store(content=upload, at=at)
            found.append({"kind": "file", "ref": kept.hash, "note": upload.name[:MOST_TEXT]})
        return found
