"""The description of the API as it was last looked at. Changed on purpose:

    .venv/bin/python -m tests.api.openapi

then read the difference: what a program has relied on is in it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

LOOKED_AT = Path(__file__).with_name("openapi.json")


def described() -> str:
    """The description of today, in an order of its own."""
    from tongdian.api.v1 import api

    said: Any = api.get_openapi_schema()
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    import django

    django.setup()
    LOOKED_AT.write_text(described(), encoding="utf-8")
