"""What somebody sent after their session had ended: kept, and sent on once they have signed in.

It lies in the session of that browser, encrypted, for an hour, and goes to the address to which it
was sent and to no other, under a new token against forged requests. Passwords and codes are not
kept. Files are not either: whoever goes on is told which to choose again.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from tongdian.personal import decrypt, encrypt

KEPT_IN = "unsent"  # in the session
KEPT_FOR = dt.timedelta(hours=1)
LONGEST = 200_000  # characters; nobody types more
_NEVER = re.compile("password|csrfmiddlewaretoken|^code$")
_OF_ACCOUNTS = ("account_", "mfa_")


@dataclass(frozen=True)
class Unsent:
    """Fields as they were typed, and the files that have to be chosen again, by their field."""

    address: str
    fields: list[tuple[str, str]]
    files: list[tuple[str, str]]


def typed_into(request: HttpRequest) -> Unsent | None:
    """What a request sends, if it may be sent again; none of a page that asks for passwords."""
    found = request.resolver_match
    if found is None or (found.url_name or "").startswith(_OF_ACCOUNTS):
        return None
    fields = [
        (str(name), str(value))
        for name, values in request.POST.lists()
        if not _NEVER.search(str(name))
        for value in values
    ]
    files = [(str(name), "、".join(str(one.name) for one in sent)) for name, sent in request.FILES.lists()]
    if sum(len(name) + len(value) for name, value in fields) > LONGEST:
        return None
    return Unsent(request.get_full_path(), fields, files)


def is_from_here(request: HttpRequest) -> bool:
    """Whether a page of this program sent it, as the browser says itself: another's page could else
    have words sent on that nobody typed."""
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    if site:
        return site == "same-origin"
    return bool(origin) and origin == f"{request.scheme}://{request.get_host()}"


def keep(request: HttpRequest, *, at: dt.datetime) -> bool:
    """Keep what a request sends in the session; whether that was possible."""
    found = typed_into(request)
    if found is None or not url_has_allowed_host_and_scheme(found.address, allowed_hosts=None):
        return False
    said = {"at": at.isoformat(), "address": found.address, "fields": found.fields, "files": found.files}
    request.session[KEPT_IN] = base64.b64encode(encrypt(json.dumps(said))).decode()
    request.session.set_expiry(int(KEPT_FOR.total_seconds()))  # signing in sets another
    return True


def kept(request: HttpRequest, *, at: dt.datetime) -> Unsent | None:
    """What was kept within the last hour, if anything was."""
    said = request.session.get(KEPT_IN)
    if not said:
        return None
    found = json.loads(decrypt(base64.b64decode(said)))
    if dt.datetime.fromisoformat(found["at"]) < at - KEPT_FOR:
        return None
    pairs = {name: [(one[0], one[1]) for one in found[name]] for name in ("fields", "files")}
    return Unsent(found["address"], pairs["fields"], pairs["files"])


def forget(request: HttpRequest) -> None:
    """It is sent."""
    request.session.pop(KEPT_IN, None)
