"""What higher areas must agree to before an organisation closes or a customer is erased.

A guard runs in the action's own transaction. It raises a Refusal to prevent the deed (the customer
is still supplied), or does its own part of it (erases the name that its own rows repeat).

    guards.before_erasing(refuse_while_supplied)
"""

from collections.abc import Callable

from tongdian.parties.models import Customer, Organisation

OrganisationGuard = Callable[[Organisation], None]
CustomerGuard = Callable[[Customer], None]

_closing: list[OrganisationGuard] = []
_erasing: list[CustomerGuard] = []


def before_closing(guard: OrganisationGuard) -> OrganisationGuard:
    """Ask this before an organisation is closed."""
    _closing.append(guard)
    return guard


def before_erasing(guard: CustomerGuard) -> CustomerGuard:
    """Ask this before a customer's personal data are erased."""
    _erasing.append(guard)
    return guard


def ask_before_closing(organisation: Organisation) -> None:
    """Raises what a guard refuses with."""
    for guard in _closing:
        guard(organisation)


def ask_before_erasing(customer: Customer) -> None:
    """Raises what a guard refuses with."""
    for guard in _erasing:
        guard(customer)
