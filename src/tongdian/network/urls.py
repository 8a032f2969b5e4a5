"""The network's addresses."""

from django.urls import path

from tongdian.network import registers
from tongdian.network.pages import equipment, places
from tongdian.registers.pages.register import addresses

urlpatterns = [
    path("places/", places.places, name="places"),
    path("places/export/", places.export, name="places-export"),
    path("places/new/", places.add_place, name="place-new"),
    path("places/<uuid:id_>/", places.place, name="place"),
    path("places/<uuid:id_>/change/", places.change_place, name="place-change"),
    path("network/", equipment.network, name="network"),
    path("network/transformers/<uuid:id_>/", equipment.transformer, name="transformer"),
    *addresses(registers.PLACES),
    *addresses(registers.FEEDERS),
    *addresses(registers.TRANSFORMERS),
    *addresses(registers.USAGE_POINTS),
]
