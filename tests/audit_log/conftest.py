"""Checkpoints of a test's own: their files outlive a rolled-back transaction."""

import pytest


@pytest.fixture(autouse=True)
def own_checkpoints(settings, tmp_path):
    """Each test signs into a folder of its own."""
    settings.AUDIT_CHECKPOINTS = tmp_path / "checkpoints"
