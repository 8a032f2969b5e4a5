"""An application that is being written, as its screens show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongdian.connections import actions, queries
from tongdian.connections.entries import ScreenFields, asked_of, doubt_of
from tongdian.connections.forms import TICKS, WhatForm, WhereForm, WhoForm
from tongdian.connections.models import Draft
from tongdian.connections.pages.showing import ShownService
from tongdian.connections.rules import Service, printed_forms
from tongdian.parties.models import Customer
from tongdian.parties.privacy import NoticeWording, notice_on
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.registers.inputs import FACT

STEPS = {
    "who": _("Who applies"),
    "where": _("Where"),
    "what": _("What you need"),
    "papers": _("Papers"),
    "check": _("Check your answers"),
}


@dataclass(frozen=True)
class WantedPaper:
    """A paper asked for with the application, and its pages so far."""

    id: str
    title: str
    pages: tuple[Mapping[str, str], ...]
    is_printed: bool
    needs_consent: bool  # an identity document, and not consented to yet

    @property
    def is_here(self) -> bool:
        return bool(self.pages) or self.is_printed


class Writing:
    """A draft, as the screens show it."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.known: dict[str, str] = {}  # of who is signed in; kept only when they send it themselves
        self.draft: Draft = queries.draft(token, at=timezone.now())
        self.office = self.draft.organisation
        written = queries.content(self.draft)
        self.form: dict[str, str] = written["form"]
        self.facts: dict[str, str] = written["facts"]
        self.papers: dict[str, list[dict[str, str]]] = written["papers"]

    @cached_property
    def plain_service(self) -> Service:
        return queries.service_of(self.office, self.draft.process, timezone.localdate())

    @cached_property
    def service(self) -> Service:
        """The service for the facts as far as they can be read."""
        given = {name: value for name, value in self.facts.items() if value != ""}
        try:
            return queries.service_of(self.office, self.draft.process, timezone.localdate(), facts=given)
        except Refusal:
            return self.plain_service

    @cached_property
    def asked(self) -> ScreenFields:
        """What this service asks."""
        return asked_of(self.plain_service, self.doubt)

    @property
    def scope(self) -> Scope:
        """Where its places are."""
        return Scope(organisation=self.office)

    @cached_property
    def notice(self) -> NoticeWording:
        """What the applicant is told before anything is taken."""
        return notice_on(timezone.localdate()).told_by(self.office)

    @property
    def title(self) -> str:
        return ShownService(self.office, self.plain_service).title

    @cached_property
    def wanted(self) -> list[WantedPaper]:
        """The papers of the first stages."""
        shown = ShownService(self.office, self.service)
        first = [paper for asked in self.service.asked if asked.is_first for paper in asked.papers.papers]
        lacking = actions.without_identity_consent(self.draft, self.form, [paper.id for paper in first])
        return [
            WantedPaper(
                paper.id,
                paper.title.say(shown.language),
                tuple(self.papers.get(paper.id, ())),
                paper.id in printed_forms(self.service.pack),
                paper.id in lacking,
            )
            for paper in first
        ]

    @property
    def shown_lists(self) -> list[Any]:
        shown = ShownService(self.office, self.service)
        return [
            listed for asked, listed in zip(self.service.asked, shown.papers, strict=True) if asked.is_first
        ]

    @cached_property
    def steps(self) -> list[str]:
        """The screens of this service, in order; without papers to hand in that one is left out."""
        return [key for key in STEPS if key != "papers" or self.wanted]

    def address(self, step: str) -> str:
        return reverse("apply-step", args=[self.token, step])

    @cached_property
    def doubt(self) -> Words | None:
        """What is asked because of who applies and where."""
        place = queries.public_place(self.office, self.form.get("place", ""))
        return doubt_of(self.plain_service, place=place, kind=self.form.get("kind", ""))

    def form_of(self, step: str, typed: Any = None) -> forms.Form:
        """The form of a screen, with what was typed before."""
        more: dict[str, Any] = {"asked": self.asked.screens[step], "scope": self.scope}
        if step == "what":
            wording = self.plain_service.wording
            known = {FACT + name: value for name, value in self.facts.items()}
            booleans = {
                name: self.form.get(name, default) == "true"
                for name, default in (("wants_power", "true"), ("wants_water", ""))
            }
            return WhatForm(
                typed,
                facts={name: wording.facts[name] for name in wording.asks},
                initial={**self.form, **known, **booleans},
                **more,
            )
        if step == "where":
            return WhereForm(typed, initial=self.form, **more)
        ticks = {name: self.form.get(name) == "true" for name in TICKS}
        known = dict(self.known)
        identity = known.get("identity", "")
        if "gave_identity" in self.form:  # a number was sent or cleared: what they left empty stays empty
            known.pop("identity", None)
        initial = {"kind": Customer.Kind.PERSON, **known, **self.form, **ticks}
        return WhoForm(typed, version=self.notice.version, initial=initial, known_identity=identity, **more)

    def checked(self, step: str) -> forms.Form:
        """The form of a screen as it was saved, checked again."""
        form = self.form_of(step)
        return self.form_of(step, {name: form[name].value() or "" for name in form.fields})

    def save(self, form: forms.Form) -> None:
        """Keep what was typed, right or wrong."""
        plain = {name: _text(form, name) for name in form.fields}
        facts = {k.removeprefix(FACT): v for k, v in plain.items() if k.startswith(FACT)}
        rest = {k: v for k, v in plain.items() if not k.startswith(FACT)}
        self.draft = actions.save_draft(draft=self.draft, form=rest, facts=facts, at=timezone.now())

    def erased_by_a_tick(self) -> str:
        """What a tick taken away has erased from the draft since it was read, in words."""
        now = queries.content(self.draft)
        if self.form.get("name") and not now["form"].get("name"):
            return gettext(
                "Without your consent your name, number, telephone and e-mail are no longer kept: "
                "they were erased from this draft."
            )
        if (self.form.get("identity") and not now["form"].get("identity")) or (
            now["papers"].keys() < self.papers.keys()
        ):
            return gettext(
                "Without your separate consent the number and the pictures of your identity document "
                "are no longer kept: they were erased from this draft."
            )
        return ""


def _text(form: forms.Form, name: str) -> str:
    value = form[name].value()
    if isinstance(form.fields[name].widget, forms.CheckboxInput):
        return "true" if value else ""
    return str(value or "").strip()
