"""`tongdian demo`: fill an empty installation with the demonstration."""

from __future__ import annotations

import argparse
from typing import Any

from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """The `demo` command."""
    demo = commands.add_parser(
        "demo", help="fill an empty installation with demonstration data, which stay: records only grow"
    )
    demo.add_argument("--seed", type=int, help="another number makes another demonstration")
    demo.set_defaults(run=run_demo)


def run_demo(options: argparse.Namespace) -> None:
    """Make it as of now, and say who can sign in."""
    from tongdian.config.home import key
    from tongdian.config.program import open_program

    with open_program():
        from django.utils import timezone

        from tongdian.demo.making import SEED, make_demo
        from tongdian.demo.people import newcomers
        from tongdian.parties.demo import demo_password
        from tongdian.rulebook.commands import install_packs

        install_packs()
        password = demo_password(key("demo"))
        seed = SEED if options.seed is None else options.seed
        made = make_demo(password=password, at=timezone.now(), seed=seed)
        said = Words(
            f"演示数据：{made.organisations} 个单位，{made.people} 人，{made.cases} 件业务，"
            f"{made.events} 条记录。密码均为 {password}",
            f"Demonstration: {made.organisations} organisations, {made.people} people, "
            f"{made.cases} cases, {made.events} events. Everybody's password is {password}",
        )
        print(said.say(options.lang))
        for name, tries in newcomers():
            print(f"  {name:<12}{tries.say(options.lang)}")
