"""What is done with meters: entering, fitting, reading, correcting, removing."""
