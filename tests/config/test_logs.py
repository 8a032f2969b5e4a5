"""What is written to the log of a request that was refused, and of one that failed."""

import io
import logging
import logging.config

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.log import log_response


def written(status, error):
    """The lines that the program's own handler writes of a reply."""
    stream = io.StringIO()
    made = logging.config.DictConfigurator(settings.LOGGING)
    made.config["filters"] = {"refusal": made.configure_filter(settings.LOGGING["filters"]["refusal"])}
    made.config["formatters"] = {"line": made.configure_formatter(settings.LOGGING["formatters"]["line"])}
    handler = logging.StreamHandler(stream)
    for one in settings.LOGGING["handlers"]["console"]["filters"]:
        handler.addFilter(made.config["filters"][one])
    handler.setFormatter(made.config["formatters"]["line"])
    logger = logging.getLogger("tests.refusals")
    logger.addHandler(handler)
    try:
        try:
            raise error
        except type(error) as raised:
            log_response(
                "Forbidden: %s",
                "/cases/",
                response=HttpResponse(status=status),
                logger=logger,
                exception=raised,
            )
    finally:
        logger.removeHandler(handler)
    return stream.getvalue().splitlines()


def test_a_refusal_is_one_line():
    (line,) = written(403, PermissionDenied())
    assert "Forbidden: /cases/" in line


def test_a_failure_says_where_it_failed():
    lines = written(500, RuntimeError("broken"))
    assert lines[-1] == "RuntimeError: broken"
