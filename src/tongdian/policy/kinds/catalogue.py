"""Imports every kind of the kernel, so that each registers itself."""

from tongdian.policy.kinds import bands, checklist, measure, rows, sheet, table, value  # noqa: F401
from tongdian.policy.process import rule  # noqa: F401
