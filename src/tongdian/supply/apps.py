"""The area as Django knows it."""

from django.apps import AppConfig


class SupplyConfig(AppConfig):
    """The days of the school, permits, openings and stops of supply; registers the effects when Django starts."""

    name = "tongdian.supply"
    verbose_name = "Supply"

    def ready(self) -> None:
        """Every effect is known before the first case is worked on, and who is told of payments."""
        from tongdian.agreements.importing.kinds import KINDS
        from tongdian.supply.actions import by_case, permitting, restoring  # noqa: F401
        from tongdian.supply.importing import LESSONS_KIND

        KINDS.setdefault(LESSONS_KIND.name, LESSONS_KIND)
