"""What the command line does about people: at the machine itself, for who lost the way in."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from tongdian.allowed import Operator
from tongdian.audit_log.actions import record
from tongdian.parties.actions import people
from tongdian.parties.models import Account, Membership
from tongdian.parties.rules import Role
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NoSuchAccount(Refusal):
    """No account of that user name."""

    says = Words(
        "没有用户名为“{name}”的账号；现有管理员：{known}。",
        'There is no account "{name}"; administrators are: {known}.',
    )


def administrators() -> list[Account]:
    """Who administers the whole installation, by user name."""
    held = Membership.objects.filter(role=Role.ADMINISTRATOR, organisation=None)
    return list(Account.objects.filter(id__in=held.values("account_id")).order_by("username"))


def add_administrator(*, name: str, operator: str) -> str:
    """An administrator of the whole installation; the first password, which is replaced at the first
    sign-in. Refuses as making an account does."""
    made = people.make_account(
        viewer=Operator(operator),
        username=name,
        name=name,
        role=Role.ADMINISTRATOR,
        organisation=None,
        at=timezone.now(),
    )
    return made.password


def reset_password(*, name: str, operator: str, second_factor_off: bool = False) -> str:
    """A new first password of an account; sessions and tokens end, and the second factor too if it
    is lost. Raises NoSuchAccount, AccountIsClosed."""
    account = Account.objects.filter(username__iexact=name.strip()).first()
    if account is None:
        raise NoSuchAccount(name=name, known=[one.username for one in administrators()])
    viewer, now = Operator(operator), timezone.now()
    with transaction.atomic():
        password = people.reset_password(viewer=viewer, account=account, at=now)
        if second_factor_off:
            Authenticator.objects.filter(user=account).delete()
            record(actor=viewer.actor, action="second-factor-off", subject=account.actor, payload={}, at=now)
    return password
