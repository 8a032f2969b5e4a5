"""Passwords in the process of the tests: hashed as the program does, in one round instead of a million.

A round says nothing about what is tested, and a million take a quarter of a second for every account
and every try. A program that a test starts has its own settings, and all its rounds.
"""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    """The same form of hash, which the program's own reads too."""

    iterations = 1
