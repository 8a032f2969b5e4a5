"""The addresses of notices."""

from django.urls import path

from tongdian.notices import pages

urlpatterns = [
    path("notices/", pages.notices, name="notices"),
    path("notices/read/", pages.read_all, name="notices-read"),
    path("notices/<uuid:id_>/", pages.notice, name="notice"),
    path("deliveries/", pages.deliveries, name="deliveries"),
    path("deliveries/<uuid:id_>/again/", pages.send_again, name="delivery-again"),
    path("channels/", pages.channels, name="channels"),
    path("channels/<uuid:organisation>/<slug:kind>/", pages.channel, name="channel"),
    path("channels/<uuid:organisation>/<slug:kind>/test/", pages.try_channel, name="channel-test"),
]
