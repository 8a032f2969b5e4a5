"""What registers tell the shell."""

from tongdian.registers import health  # noqa: F401, registers its part
