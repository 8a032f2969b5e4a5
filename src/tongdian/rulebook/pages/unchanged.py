"""Pages of the rulebook for strangers: while no pack, choice or official text changed."""

from tongdian.registers.pages.unchanged import unchanged_while
from tongdian.rulebook import queries

unchanged = unchanged_while(queries.standing)
