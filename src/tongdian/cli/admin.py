"""`tongdian admin`: who administers this installation, for who sits at the machine."""

from __future__ import annotations

import argparse
import getpass
from typing import Any

from tongdian.policy.words import Words


def add_commands(commands: Any) -> None:
    """The `admin` group."""
    group = commands.add_parser("admin", help="a new administrator, a lost password")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", help="a further administrator of the whole installation")
    add.add_argument("name", metavar="NAME")
    add.set_defaults(run=run_add)
    reset = verbs.add_parser("reset-password", help="a new first password; sessions and tokens end")
    reset.add_argument("name", metavar="NAME")
    reset.add_argument("--second-factor-off", action="store_true", help="the second factor is lost as well")
    reset.set_defaults(run=run_reset)
    show = verbs.add_parser("list", help="the administrators of the whole installation")
    show.set_defaults(run=run_list)


def run_add(options: argparse.Namespace) -> None:
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.parties.commands import add_administrator

        password = add_administrator(name=options.name, operator=getpass.getuser())
    _tell(options, password)


def run_reset(options: argparse.Namespace) -> None:
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.parties.commands import reset_password

        password = reset_password(
            name=options.name, operator=getpass.getuser(), second_factor_off=options.second_factor_off
        )
    _tell(options, password)


def run_list(options: argparse.Namespace) -> None:
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.parties.commands import administrators

        for one in administrators():
            closed = "" if one.is_active else Words("（已关闭）", " (closed)").say(options.lang)
            print(f"{one.username}{closed}")


def _tell(options: argparse.Namespace, password: str) -> None:
    said = Words(
        f"{options.name} 的一次性密码：{password}（首次登录须更换）",
        f"{options.name} signs in once with {password}, and then chooses another password",
    )
    print(said.say(options.lang))
