"""Accounts that sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.identifiers import uuid7


class Role(models.TextChoices):
    """What an account does here. Roles that belong to an organisation come with organisations."""

    ADMINISTRATOR = "administrator", _("Administrator")
    OFFICER = "officer", _("Officer")
    AUDITOR = "auditor", _("Auditor")
    CUSTOMER = "customer", _("Customer")


class Account(AbstractUser):
    """Someone who signs in by user name."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.CUSTOMER)

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="account_role_is_known"
            )
        ]

    @property
    def actor(self) -> str:
        """How the audit log names this account."""
        return f"account:{self.username}"
