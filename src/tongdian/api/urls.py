"""The API's addresses."""

from django.urls import path

from tongdian.api import pages
from tongdian.api.v1 import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("api/<path:rest>", pages.no_such_endpoint),
    path("tokens/", pages.tokens, name="tokens"),
]
