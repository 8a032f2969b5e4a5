"""What customers owe, have paid and have lodged: a ledger of transfers that only grows."""
