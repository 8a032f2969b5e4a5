"""What supply gives to take along: a calendar for a telephone, a notice sheet for the door."""
