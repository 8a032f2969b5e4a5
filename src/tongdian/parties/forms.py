"""What people type to manage organisations, people and customers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongdian.parties.consent_on_paper import ConsentOnPaper
from tongdian.parties.models import Account, Organisation, Region
from tongdian.parties.rules import Role
from tongdian.registers.fields import Fields
from tongdian.registers.forms import FieldsForm
from tongdian.registers.sorts import to_choose_from

EVERYWHERE = "everywhere"  # chosen for the whole installation


def a_day(label: Any, **kwargs: Any) -> forms.DateField:
    """A day, picked from the browser's calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


def a_text(label: Any, *, max_length: int = 120, required: bool = False, **kwargs: Any) -> Any:
    """One line."""
    return forms.CharField(label=label, max_length=max_length, required=required, **kwargs)


def a_reason(help_text: Any = "") -> forms.CharField:
    """Why it is done, kept in the record."""
    return forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), help_text=help_text)


def a_wording(label: Any, *, rows: int) -> forms.CharField:
    """A text of several paragraphs."""
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}))


class OneOf(forms.RadioSelect):
    """Few options, each in sight."""

    template_name = "parties/options.html"


class SomeOf(forms.CheckboxSelectMultiple):
    """Options to tick, each in sight."""

    template_name = "parties/options.html"


class RegionField(forms.CharField):
    """A division by its code or name; 桂林市雁山区 tells it from another of the same name."""

    def clean(self, value: Any) -> Region | None:
        """The region. A name that several have is refused with their codes."""
        text = super().clean(value).strip()
        return region_named(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        """A region as people read and may type it."""
        return f"{value.shown_name} {value.code}" if isinstance(value, Region) else value


class RegionsField(forms.CharField):
    """Several divisions, each on a line or after a comma."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[Region]:
        """The regions, each once."""
        parts = re.split(r"[\n,，、;；]+", super().clean(value))
        found = [region_named(part.strip()) for part in parts if part.strip()]
        return list(dict.fromkeys(found))

    def prepare_value(self, value: Any) -> Any:
        """One on a line."""
        if isinstance(value, list):
            return "\n".join(f"{one.shown_name} {one.code}" for one in value)
        return value


def region_named(text: str) -> Region:
    """The division that a code, a name, or a name after its province's or city's means."""
    if code := re.search(r"\b\d{6}\b", text):
        found = list(Region.objects.filter(code=code[0]))
    else:
        plain = re.sub(r"\s", "", text)
        found = list(Region.objects.filter(name=plain) or Region.objects.filter(name_en=text))
        if not found:
            ends = [plain[at:] for at in range(1, len(plain) - 1)]
            longer = Region.objects.filter(name__in=ends).select_related("parent__parent")
            found = [one for one in longer if _lies_in(one, plain[: -len(one.name)])]
    if len(found) == 1:
        return found[0]
    if not found:
        raise forms.ValidationError(
            gettext("No division is called %(text)s. Give its name or code.") % {"text": text}
        )
    names = "、".join(
        f"{one.parent.shown_name if one.parent else ''}{one.shown_name} {one.code}" for one in found[:8]
    )
    raise forms.ValidationError(
        gettext("Several divisions are called %(text)s: %(names)s") % {"text": text, "names": names}
    )


def _lies_in(region: Region, written_before: str) -> bool:
    above, names = region.parent, []
    while above is not None:
        names.append(above.name)
        above = above.parent
    return any(name and written_before.endswith(name) for name in names)


class OrganisationForm(forms.Form):
    """What can be said of an organisation at any time."""

    name = a_text(_("Name"), required=True)
    name_en = a_text(_("Name in English"), max_length=160)
    region = RegionField(label=_("Seat"), help_text=_("Name or GB/T 2260 code, for example 桂林市雁山区"))
    regions = RegionsField(
        label=_("Regions"),
        required=False,
        help_text=_("What a department is competent for, or where a supplier supplies; one on a line."),
    )
    fills = forms.MultipleChoiceField(
        label=_("Fills these roles of processes"), required=False, widget=SomeOf
    )
    hotline = a_text(_("Hotline"), max_length=40)
    address = a_text(_("Address"), max_length=200)
    credit_code = a_text(_("Unified social credit code"), max_length=18)

    def __init__(self, *args: Any, roles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fills"].choices = roles


class NewOrganisationForm(OrganisationForm):
    """A new one, with what never changes afterwards."""

    kind = forms.ChoiceField(label=_("Kind"), choices=to_choose_from(Organisation.Kind.choices))
    short = a_text(
        _("Short name"),
        max_length=12,
        required=True,
        help_text=_("Begins its numbers, for example YS in YS-000412. It stays for ever."),
    )
    since_on = a_day(_("Exists since"))

    field_order = ["kind", "name", "name_en", "short", "since_on"]


class MoveForm(forms.Form):
    """Under which organisation it shall be."""

    below = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Below"), required=False, empty_label=_("none: at the top")
    )

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["below"].queryset = choices


class ClosingForm(forms.Form):
    """From when on it is no more, and why."""

    on = a_day(_("First day without it"))
    reason = a_reason()


class AdoptionForm(forms.Form):
    """The pack that binds it from a day on."""

    pack = forms.ChoiceField(label=_("Regulation"))
    on = a_day(_("First day"))
    reason = forms.CharField(
        label=_("By what decision"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, packs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pack"].choices = to_choose_from(packs)


class _AndEverywhere(ModelChoiceIterator):  # type: ignore[type-arg]
    """The empty line, the whole installation where it is offered, then the organisations."""

    field: RolePlaceField

    def __iter__(self) -> Iterator[Any]:
        rows = iter(super().__iter__())
        yield next(rows)
        if self.field.is_offered_everywhere:
            yield EVERYWHERE, _("the whole installation")
        yield from rows


class RolePlaceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """An organisation, or the whole installation (None), which is chosen on purpose: nothing is none."""

    iterator = _AndEverywhere
    is_offered_everywhere = False

    def clean(self, value: Any) -> Any:
        """The organisation, or None for the whole installation."""
        return None if self.is_offered_everywhere and value == EVERYWHERE else super().clean(value)


class RoleForm(forms.Form):
    """A role in an organisation, from a day to a day."""

    organisation = RolePlaceField(
        Organisation.objects.none(),
        label=_("Organisation"),
        help_text=_("The role counts there and in everything below."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=to_choose_from(Role.choices))
    since_on = a_day(_("First day"))
    until = a_day(_("Last day"), required=False, help_text=_("Empty: until it is ended."))

    def __init__(self, *args: Any, choices: Any, everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["organisation"]
        place.is_offered_everywhere, place.queryset = everywhere, choices
        if not everywhere and len(few := choices[:2]) == 1:
            place.initial = few[0]


class PersonForm(forms.Form):
    """How colleagues know somebody."""

    name = a_text(pgettext_lazy("person", "Name"), max_length=60, required=True)
    phone = a_text(_("Phone"), max_length=40)


class NewPersonForm(RoleForm):
    """An account with its first role."""

    name = a_text(pgettext_lazy("person", "Name"), max_length=60, required=True)
    username = a_text(_("User name"), max_length=60, required=True)
    phone = a_text(_("Phone"), max_length=40)

    field_order = ["name", "username", "phone", "organisation", "role"]


class DayForm(forms.Form):
    """The first day on which something no longer holds."""

    on = a_day(_("First day without it"))


class ReasonForm(forms.Form):
    """Why."""

    reason = a_reason()


class StandInForm(forms.Form):
    """Who stands in, from the first day to the last."""

    stand_in = forms.ModelChoiceField(Account.objects.none(), label=_("Stand-in"))
    first = a_day(_("First day"))
    last = a_day(_("Last day"))
    reason = a_reason(_("For example: training in Nanning, sick leave."))

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["stand_in"]
        person.queryset = choices
        person.label_from_instance = lambda one: f"{one.shown_name} ({one.username})"


class CustomerForm(ConsentOnPaper, FieldsForm):
    """What is asked of a customer, with the consent on paper beside the document's number."""

    field_order = ("organisation", "kind", "name", "document", "identity", "consent", "phone")

    def __init__(self, asked: Fields, *args: Any, **kwargs: Any) -> None:
        super().__init__(asked.without("consented"), *args, **kwargs)
        self.order_fields(self.field_order)


class PrivacyNoticeForm(forms.Form):
    """The next wording of the privacy notice, in both languages."""

    first_on = a_day(_("First day"))
    zh = a_wording(_("The notice, in Chinese"), rows=12)
    en = a_wording(_("The notice, in English"), rows=12)
    identity_zh = a_wording(_("Why the identity document is needed, in Chinese"), rows=5)
    identity_en = a_wording(_("Why the identity document is needed, in English"), rows=5)
