"""Filling a new installation with the demonstration, in a process beside the pages."""

import os

import django

from tongdian.config.home import key
from tongdian.config.serving import end_with_parent


def main() -> None:
    """Make it as of now, and say so; half made it is not there at all."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
    end_with_parent()
    django.setup()
    from django.utils import timezone

    from tongdian.demo.making import CASES, make_demo
    from tongdian.demo.progress import finish, tell
    from tongdian.parties.demo import demo_password

    tell(0, CASES)
    try:
        made = make_demo(password=demo_password(key("demo")), at=timezone.now(), tell=tell)
    finally:
        finish()
    print(
        f"  演示数据已生成：{made.cases} 件业务 · The demonstration is here: {made.cases} cases.", flush=True
    )


if __name__ == "__main__":
    main()
