"""The 依据 mark that stands beside a number."""

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext


def why_mark(pack: str, rule: str, query: QueryDict, about: str) -> SafeString:
    """The mark for a question; without script it leads to a page."""
    address = f"{reverse('why', args=[pack, rule])}?{query.urlencode()}"
    said, label = pgettext("basis", "Why"), gettext("why: %(about)s") % {"about": about}
    return format_html(
        '<a class="why-mark" href="{0}" hx-get="{0}" hx-target="#why" hx-swap="innerHTML" '
        'aria-label="{1}">{2}</a>',
        address,
        label,
        said,
    )
