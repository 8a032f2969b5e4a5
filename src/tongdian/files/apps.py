"""The area as Django knows it."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files."""

    name = "tongdian.files"
    verbose_name = "Files"
