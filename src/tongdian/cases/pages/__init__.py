"""The pages of cases: the work list, the list, one case and everything done to it."""
