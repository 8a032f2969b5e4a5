"""What breaks the rules of use, and what follows: rounds, reports, notices, sanctions, appeals, rewards."""
