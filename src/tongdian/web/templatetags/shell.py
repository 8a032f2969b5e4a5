"""Template tags of the shell, there in every template without loading."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, Select
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tongdian import spoken
from tongdian.keeping import kept as store

register = template.Library()
ICONS = Path(__file__).resolve().parents[1] / "icons"
CSRF = "0-csrf-token-of-whoever-reads-0"


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One of the Tabler icons in `web/icons`, drawn in the text's colour and hidden from readers.

    Its neighbour must say in words what it means.
    """
    return format_html('<svg class="icon {}" {}', css, mark_safe(_drawing(name)))  # noqa: S308


@cache
def _drawing(name: str) -> str:
    attributes = 'aria-hidden="true" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    _, _, shapes = (ICONS / f"{name}.svg").read_text().partition(">")
    return f"{attributes}>{' '.join(shapes.split())}"


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is a single box to tick."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's control in the shell's style, marked when it has an error."""
    if field.field.widget.attrs.get("placeholder") == field.label:
        del field.field.widget.attrs["placeholder"]  # the label says it already
    if isinstance(field.field.widget, CheckboxInput):
        css = "form-check-input"
    else:
        css = "form-select" if isinstance(field.field.widget, Select) else "form-control"
    return field.as_widget(attrs={"class": f"{css} is-invalid" if field.errors else css})


class KeptNode(template.Node):
    """See `kept`."""

    def __init__(self, mark: Any, nodelist: template.NodeList) -> None:
        self.mark, self.nodelist = mark, nodelist

    def render(self, context: template.Context) -> SafeString:
        """What was drawn for the mark before, or is now."""
        mark = self.mark.resolve(context)
        if not mark:
            return self.nodelist.render(context)

        def draw() -> str:
            with context.push(csrf_token=CSRF):  # a form's token is the reader's own
                return self.nodelist.render(context)

        drawn = store.drawn((self, get_language()), mark, draw)
        if CSRF in drawn:
            drawn = drawn.replace(CSRF, str(context["csrf_token"]))
        return SafeString(drawn)


@register.tag
def kept(parser: template.base.Parser, token: template.base.Token) -> KeptNode:
    """{% kept mark %} … {% endkept %}: drawn once for each mark (see `tongdian.keeping`) and
    language; without a mark each time."""
    mark = parser.compile_filter(token.split_contents()[1])
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(mark, nodelist)


@register.filter
def plain(number: Decimal) -> str:
    """A number without exponent and idle zeros: 12.50 → 12.5."""
    return spoken.plain(number)
