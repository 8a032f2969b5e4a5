"""Every register of the program: what holds of registers is asked of each."""

from tongdian.network.registers import FEEDERS, PLACES, TRANSFORMERS, USAGE_POINTS

REGISTERS = (PLACES, FEEDERS, TRANSFORMERS, USAGE_POINTS)
