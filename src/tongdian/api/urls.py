"""The API's addresses."""

from django.urls import path, re_path

from tongdian.api.pages import tokens, webhooks
from tongdian.api.v1 import api

urlpatterns = [
    path("api/v1/", api.urls),
    # whatever else, with a line break in it too, which <path:…> does not take
    re_path(r"^api/(?P<rest>[\s\S]*)$", tokens.no_such_endpoint),
    path("tokens/", tokens.tokens, name="tokens"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/new/", webhooks.new, name="webhook-new"),
    path("webhooks/<uuid:id_>/", webhooks.webhook, name="webhook"),
    re_path(
        r"^webhooks/(?P<id_>[0-9a-f-]{36})/(?P<deed>ping|replay|remove)/$", webhooks.act, name="webhook-act"
    ),
]
