"""What is written to the log."""

import logging

FAILED = 500  # from here on the program is at fault, and the log says where


class RefusalInOneLine(logging.Filter):
    """A request that was refused is one line: who was refused did nothing that a traceback would explain, and a
    thousand of them hide the one that does."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes; of a refusal (an HTTP status below 500) without its traceback."""
        if getattr(record, "status_code", FAILED) < FAILED:
            record.exc_info = record.exc_text = None
        return True
