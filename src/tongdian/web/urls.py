"""The shell's own pages."""

from django.urls import path

from tongdian.web import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("unsent/", pages.unsent_form, name="unsent"),
    path("search/", pages.search, name="search"),
    path("acting-at/", pages.act_at, name="act-at"),
    path("demonstration/", pages.demonstration, name="demonstration"),
    path("i18n/setlang/", pages.change_language, name="set_language"),
    path("livez", pages.alive, name="alive"),
    path("healthz", pages.healthy, name="healthy"),
    path("operation/", pages.operation, name="operation"),
]
