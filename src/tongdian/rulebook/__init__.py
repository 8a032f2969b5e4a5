"""The regulations as installed here: revisions, choices, calendar changes, and the reader."""
