"""The accounts that a new installation begins with."""

import datetime as dt
import hashlib

from tongdian.parties.models import Account, Membership, since
from tongdian.parties.rules import Role

DEMO_ACCOUNTS = {"admin": Role.ADMINISTRATOR, "officer": Role.OFFICER, "auditor": Role.AUDITOR}
_WORDS = (
    "amber",
    "basin",
    "cedar",
    "delta",
    "ember",
    "flint",
    "grove",
    "heron",
    "inlet",
    "jetty",
    "kelp",
    "lotus",
    "maple",
    "north",
)


def demo_password(secret: bytes) -> str:
    """A password of this installation only, easy to type: two words and five digits."""
    digest = hashlib.sha256(b"demo accounts" + secret).digest()
    first, second = _WORDS[digest[0] % len(_WORDS)], _WORDS[digest[1] % len(_WORDS)]
    return f"{first}-{second}-{int.from_bytes(digest[2:6], 'big') % 100_000:05d}"


FROM_THE_START = dt.date(2020, 1, 1)


def make_demo_accounts(*, password: str) -> list[str]:
    """Create the demo accounts that are missing; give back the names of those made."""
    made = []
    for name, role in DEMO_ACCOUNTS.items():
        if not Account.objects.filter(username=name).exists():
            make_account(name, role=role, password=password, is_demo=True)
            made.append(name)
    return made


def make_first_administrator(*, password: str) -> bool:
    """Create "admin" where nobody has an account yet; whether it did."""
    if Account.objects.exists():
        return False
    make_account("admin", role=Role.ADMINISTRATOR, password=password)
    return True


def make_account(username: str, *, role: Role, password: str, is_demo: bool = False) -> Account:
    """An account with a role in the whole installation."""
    account = Account(username=username, is_demo=is_demo, password_is_given=not is_demo)
    account.set_password(password)
    account.save()
    Membership.objects.create(account=account, role=role, in_force=since(FROM_THE_START))
    return account
