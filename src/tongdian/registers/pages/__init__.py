"""What pages of registers share, and the pages that are drawn from a register."""
