"""Where e-mail goes out: TONGDIAN_SMTP_URL, such as smtp+starttls://user:password@mail.example:587."""

from typing import Any
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def mail_server(url: str) -> dict[str, Any]:
    """Host, port, account and encryption that an address names."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise SystemExit(f"TONGDIAN_SMTP_URL: one of {', '.join(PORTS)}://host is expected")
    return {
        "host": parts.hostname,
        "port": parts.port or PORTS[parts.scheme],
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "starttls": parts.scheme == "smtp+starttls",
        "tls": parts.scheme == "smtps",
    }
