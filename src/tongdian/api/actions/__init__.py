"""Tokens, answers given once, and webhooks."""

from tongdian.api.actions.answering import answer_once, forget_answers
from tongdian.api.actions.tokens import make_token, note_use, revoke_token
from tongdian.api.actions.webhooks import change_subscription, ping, remove, replay, subscribe

__all__ = [
    "answer_once",
    "change_subscription",
    "forget_answers",
    "make_token",
    "note_use",
    "ping",
    "remove",
    "replay",
    "revoke_token",
    "subscribe",
]
