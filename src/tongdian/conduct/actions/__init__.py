"""What is done about violations: recording, noticing, deciding, publishing, appealing, rewarding."""
