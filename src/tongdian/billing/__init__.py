"""From what was read to what is owed: runs, bills, what is billed for which days, and disputes."""
