"""What is done about supply: opening, stopping, restoring, permitting, switching."""
