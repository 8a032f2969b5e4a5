"""The area as Django knows it."""

from django.apps import AppConfig

from tongdian.policy.words import Words


class SupplyConfig(AppConfig):
    """The days of the school, permits, openings and stops of supply; registers the effects when Django starts."""

    name = "tongdian.supply"
    verbose_name = "Supply"

    def ready(self) -> None:
        """Every effect is known before the first case is worked on, and who is told of payments."""
        from tongdian.agreements.importing.kinds import KINDS
        from tongdian.supply.actions import by_case, permitting, restoring  # noqa: F401
        from tongdian.supply.importing import Lessons
        from tongdian.supply.registers import LESSONS

        says = Words(
            "教务处的课程表：每行一次课（地点、星期、起止时刻、起止日、单双周）。",
            "The course timetable: a lesson a row (place, weekday, hours, first and last day, weeks).",
        )
        KINDS.setdefault(LESSONS.name, Lessons(LESSONS, says=says))
