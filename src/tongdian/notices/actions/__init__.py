"""Telling people, sending what was told, and setting up the channels."""

from tongdian.notices.actions.channels import set_up_channel, try_channel
from tongdian.notices.actions.notifying import (
    Recipient,
    erase_content,
    erase_what_was_said,
    mark_read,
    notify,
)
from tongdian.notices.actions.sending import deliver, send_again

__all__ = [
    "Recipient",
    "deliver",
    "erase_content",
    "erase_what_was_said",
    "mark_read",
    "notify",
    "send_again",
    "set_up_channel",
    "try_channel",
]
