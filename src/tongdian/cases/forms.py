"""Forms for what is done to a case. Facts and questions are read as the kernel reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.cases.rules import EVIDENCE_FILE
from tongdian.policy.inputs import Input, read_value, say_unit
from tongdian.policy.refusals import BadInput
from tongdian.policy.types import Date, Num, Options, Truth, Value
from tongdian.rulebook.pages.saying import reader_language

MANY_OPTIONS = 5  # more than these are chosen from a list
FACT, GIVEN = "fact-", "given-"


class InputField(forms.Field):
    """A declared fact or question: its unit stands beside it, and the kernel reads it."""

    def __init__(self, name: str, declared: Input, *, required: bool, initial: Any = None) -> None:
        language = reader_language()
        self.name, self.declared = name, declared
        kind = declared.value_type
        self.unit = say_unit(kind.unit, language) if isinstance(kind, Num) else ""
        super().__init__(
            label=declared.title.say(language) if declared.title else name.replace("_", " "),
            required=required,
            widget=_widget(declared, language),
            initial=_typed(initial if initial is not None else declared.default),
            help_text=_hint(kind),
        )

    def clean(self, value: Any) -> Value | None:
        """The value, or None where it may be left open."""
        if value is None or not str(value).strip():
            if self.required:
                raise forms.ValidationError(_("Please fill this in."), code="required")
            return None
        try:
            return read_value(self.name, value, self.declared.value_type)
        except BadInput as refused:
            said = refused.facts["problem"].say(reader_language())
            raise forms.ValidationError(said) from None


def _typed(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _hint(kind: Any) -> str:
    if isinstance(kind, Num):
        return f"{kind.low.normalize():,f} – {kind.high.normalize():,f}"
    return ""


def _widget(declared: Input, language: str) -> forms.Widget:
    kind = declared.value_type
    if isinstance(kind, Truth | Options):
        values: list[Any] = ["true", "false"] if isinstance(kind, Truth) else list(kind.values)
        said = {"true": True, "false": False} if isinstance(kind, Truth) else {}
        choices = [(one, declared.label(said.get(one, one), language)) for one in values]
        if len(choices) <= MANY_OPTIONS:
            return forms.RadioSelect(choices=choices, attrs={"class": "form-check-input"})
        return forms.Select(choices=[("", ""), *choices])
    if isinstance(kind, Date):
        return forms.DateInput(attrs={"type": "date"})
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


class SeveralFiles(forms.ClearableFileInput):
    """Files chosen or photographed, several at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files, perhaps none."""
        several = data if isinstance(data, list | tuple) else [data]
        found = [super(FilesField, self).clean(one, initial) for one in several if one]
        return found if found or not self.required else [super().clean(None, initial)]


class Step(forms.Form):
    """What every step asks: from which state it was taken, and whether it happened earlier."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    claimed_on = forms.DateField(
        required=False,
        label=_("The day on which it happened"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_(
            "That it was entered later, and by how many days, is shown to everybody who reads the "
            "case. Where it would make the case better, it counts once somebody who recorded no "
            "step of it has countersigned it."
        ),
    )


def _note(label: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=2000, widget=forms.Textarea({"rows": 2})
    )


class EvidenceStep(Step):
    """A step that rests on files or on records kept elsewhere: one of the two is enough."""

    either = ("evidence", "attached")

    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=1000,
        help_text=_("Number of the receipt, record or meter, one a line; or a photograph below."),
        widget=forms.Textarea({"rows": 2}),
    )
    attached = FilesField(
        label=_("Photographs or files"),
        required=False,
        widget=SeveralFiles(attrs={"accept": "image/*,application/pdf"}),
    )

    def clean_evidence(self) -> list[str]:
        """The lines that say something; one that poses as a kept file is refused."""
        lines = [one.strip() for one in self.cleaned_data["evidence"].splitlines() if one.strip()]
        if any(line.startswith(EVIDENCE_FILE) for line in lines):
            raise forms.ValidationError(_("Files are handed in below, not written."))
        return lines


class CloseForm(EvidenceStep):
    """A stage done: the facts it settles, what its effect asks, evidence, a note."""

    note = _note(_("Note"))

    def __init__(
        self,
        *args: Any,
        facts: Mapping[str, tuple[Input, Any]],
        asks: Mapping[str, Input],
        needs_evidence: bool,
        refuses: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if refuses:
            self.fields["note"] = _note(_("Reason, which the applicant reads"), required=True)
        asked: dict[str, forms.Field] = {}
        for name, (declared, known) in facts.items():
            asked[FACT + name] = InputField(name, declared, required=True, initial=known)
        for name, declared in asks.items():
            required = declared.default is None
            asked[GIVEN + name] = InputField(name, declared, required=required)
        if not needs_evidence:
            del self.fields["evidence"], self.fields["attached"]
        self.fields = {**asked, **self.fields}
        self.order_fields([*asked, "evidence", "attached", "note", "claimed_on"])

    def answers(self, prefix: str) -> dict[str, Value]:
        """What was answered of the facts or of the effect's questions."""
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and value is not None
        }


class ReturnForm(Step):
    """Sent back, to where and why."""

    to = forms.ChoiceField(label=_("Back to"), widget=forms.RadioSelect({"class": "form-check-input"}))
    reason = _note(_("Reason, which the applicant reads"), required=True)

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = list(choices)  # type: ignore[attr-defined]
        if len(self.fields["to"].choices) == 1:  # type: ignore[attr-defined]
            self.fields["to"].initial = self.fields["to"].choices[0][0]  # type: ignore[attr-defined]
        self.order_fields(["to", "reason", "claimed_on"])


class SuspendForm(EvidenceStep):
    """The case stands still for a cause that its process admits."""

    cause = forms.ChoiceField(label=_("Cause"), widget=forms.RadioSelect({"class": "form-check-input"}))
    reason = _note(_("What happened"), required=True)

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause"].choices = list(choices)  # type: ignore[attr-defined]
        self.order_fields(["cause", "reason", "evidence", "attached", "claimed_on"])


class ResumeForm(Step):
    """The cause is gone."""

    note = _note(_("Note"))
    field_order = ("note", "claimed_on")


class WithdrawForm(Step):
    """The applicant takes the case back."""

    reason = _note(_("Reason given by the applicant"), required=True)
    field_order = ("reason", "claimed_on")


class FactForm(Step):
    """One fact, recorded or corrected."""

    reason = _note(_("Reason for the correction"))

    def __init__(self, *args: Any, name: str, declared: Input, known: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        value = InputField(name, declared, required=True, initial=known)
        self.fields = {FACT + name: value, **self.fields}
        self.fields["reason"].required = known is not None
        if known is None:
            del self.fields["reason"]
        self.order_fields([FACT + name, "reason", "claimed_on"])


class CountersignForm(forms.Form):
    """A claim vouched for: the file that it rests on."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    attached = FilesField(
        label=_("What it rests on"),
        help_text=_("The applicant's signed request, the notice of the outage: photograph or PDF."),
        widget=SeveralFiles(attrs={"accept": "image/*,application/pdf"}),
    )
    reason = _note(_("Note"))


class RefuseClaimForm(forms.Form):
    """A claim that is not accepted."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = _note(_("Why it is not accepted"), required=True)


class AssignForm(forms.Form):
    """To whom; nobody: back to the office."""

    account = forms.ChoiceField(label=_("Person"), required=False)
    reason = _note(_("Note"))

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = [("", _("Nobody: back to the office")), *choices]  # type: ignore[attr-defined]


class MorePaperForm(forms.Form):
    """One more paper, where the list is open."""

    title = forms.CharField(label=_("Which paper"), max_length=120)
    reason = _note(_("Reason, which the applicant reads"), required=True)


class AsideForm(forms.Form):
    """A paper that no longer counts."""

    reason = _note(_("Reason, which the applicant reads"), required=True)


class PaperForm(forms.Form):
    """A paper handed in: a file or photograph, or the original seen at the counter."""

    file = forms.FileField(required=False)
    photo = forms.FileField(required=False)
    seen_original = forms.BooleanField(required=False)
    note = forms.CharField(required=False, max_length=500)
