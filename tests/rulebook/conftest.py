"""A browser on the rulebook's pages."""

from tests.web.conftest import browser, open_page, serious_findings, sign_in

__all__ = ["browser", "open_page", "serious_findings", "sign_in"]
