"""The account that something is about to be read of and moved by, kept for the transaction.

Whoever reads what is owed and moves money by it locks the account first: of a payment and a cancellation
at the same moment, the second sees what the first did.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from tongdian.accounts.models import BillingAccount
from tongdian.accounts.rules import NoSuchBillingAccount
from tongdian.parties.models import Customer, Organisation
from tongdian.questions import Question

_LOCKED = Question(
    "select {account}, {office}, {customer} from accounts_billingaccount account"
    " join parties_organisation office on office.id = account.organisation_id"
    " join parties_customer customer on customer.id = account.customer_id"
    " where account.organisation_id = %(organisation)s and account.id = any(%(accounts)s)"
    " order by account.id for no key update of account",
    account=BillingAccount,
    office=Organisation,
    customer=Customer,
)


def locked(account: BillingAccount) -> BillingAccount:
    """The account as it is now, kept for this transaction."""
    return locked_all(account.organisation, {account.pk})[account.pk]


def locked_all(organisation: Organisation, accounts: Iterable[UUID]) -> dict[UUID, BillingAccount]:
    """The accounts of an organisation as they are now, kept for this transaction. Raises
    NoSuchBillingAccount."""
    wanted = set(accounts)
    found: dict[UUID, BillingAccount] = {}
    for account, office, customer in _LOCKED(organisation=organisation.pk, accounts=list(wanted)):
        account.organisation, account.customer = office, customer
        found[account.pk] = account
    if len(found) < len(wanted):
        raise NoSuchBillingAccount
    return found
