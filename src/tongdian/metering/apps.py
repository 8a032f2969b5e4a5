"""The area as Django knows it."""

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Meters and readings."""

    name = "tongdian.metering"
    verbose_name = "Metering"

    def ready(self) -> None:
        """Every effect is known before the first case is worked on."""
        from tongdian.agreements.importing.kinds import KINDS
        from tongdian.metering.actions import by_case, joint_readings, replacing  # noqa: F401
        from tongdian.metering.importing.intervals import IntervalData
        from tongdian.metering.importing.nem_readings import NemReadings
        from tongdian.metering.importing.readings import Readings
        from tongdian.metering.importing.timed import TimedReadings

        KINDS.setdefault(Readings.name, Readings())
        KINDS.setdefault(TimedReadings.name, TimedReadings())
        KINDS.setdefault(IntervalData.name, IntervalData())
        KINDS.setdefault(NemReadings.name, NemReadings())
