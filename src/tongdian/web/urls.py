"""The shell's own pages."""

from django.urls import path

from tongdian.web import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("search/", pages.search, name="search"),
    path("healthz", pages.healthy, name="healthy"),
]
