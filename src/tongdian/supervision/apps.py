"""The area as Django knows it."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """Filings, tasks and indicators."""

    name = "tongdian.supervision"
    verbose_name = "Supervision"

    def ready(self) -> None:
        """Its registers come by spreadsheet too."""
        from tongdian.agreements.importing.kinds import KINDS
        from tongdian.agreements.importing.kinds.posted import PostedKind
        from tongdian.supervision.registers import GRID_PLANS, GRID_PROJECTS, INTERNAL_RULES

        for name, register in (
            ("grid-plans", GRID_PLANS),
            ("projects", GRID_PROJECTS),
            ("rules", INTERNAL_RULES),
        ):
            KINDS.setdefault(name, PostedKind(register, name=name))
