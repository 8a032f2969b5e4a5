"""What is done about violations: recording, taking back, publishing, deducting; reports and their reward."""
