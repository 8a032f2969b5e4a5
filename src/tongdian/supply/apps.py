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
        from tongdian.supply.importing import EnteredRows, Lessons, Switches
        from tongdian.supply.registers import LESSONS, SCHOOL_DAYS, SCHOOL_FACTS, SWITCHES

        says = Words(
            "教务处的课程表：每行一次课（地点、星期、起止时刻、起止日、单双周）。",
            "The course timetable: a lesson a row (place, weekday, hours, first and last day, weeks).",
        )
        KINDS.setdefault(LESSONS.name, Lessons(LESSONS, says=says))
        year = Words(
            "一学年的校历与作息：每行一段（学期、寒假、暑假、上课和晚自习时刻等，自何日至何日）。",
            "The school year: a stretch of days a row (terms, vacations, hours of teaching and study, from when to when).",
        )
        KINDS.setdefault(SCHOOL_FACTS.name, EnteredRows(SCHOOL_FACTS, says=year, key=("fact", "first_on")))
        moved = Words(
            "与法定安排不同的日子：每行一天（校庆放假、补课、上星期几的课）。",
            "Days that differ from the legal calendar: one a row (a holiday of the school, a make-up day, whose lessons).",
        )
        KINDS.setdefault(SCHOOL_DAYS.name, EnteredRows(SCHOOL_DAYS, says=moved, key=("on",)))
        switches = Words(
            "供应开关：每行一个（Modbus 线圈或 DL/T 645 电表继电器）。",
            "Switches of supply: one a row (a Modbus coil, or the relay of a meter by DL/T 645).",
        )
        KINDS.setdefault(SWITCHES.name, Switches(SWITCHES, says=switches))
