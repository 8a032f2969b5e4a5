"""Tokens that programs sign in with."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tongdian.identifiers import uuid7


class Token(models.Model):
    """A secret of one account; only its hash is kept. It may do what the account may do."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    title = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")),
                name="token_ends_after_it_begins",
            )
        ]
