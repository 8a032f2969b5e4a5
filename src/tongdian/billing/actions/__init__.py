"""What is done with bills: preparing, releasing and posting runs, correcting, objecting."""
