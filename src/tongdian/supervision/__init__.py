"""Plans, returns, the task ledger and the indicators: from one county to the nation."""
