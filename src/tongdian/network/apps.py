"""The area as Django knows it."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "tongdian.network"
    verbose_name = "Network"
