"""Sheets over files that an office brings: uploaded, columns mapped, calculated by the worker, taken along."""
