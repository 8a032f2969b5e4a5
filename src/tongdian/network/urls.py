"""The network's addresses."""

from django.urls import path

from tongdian.network.pages import equipment, places

urlpatterns = [
    path("places/", places.places, name="places"),
    path("places/export/", places.export, name="places-export"),
    path("places/new/", places.add_place, name="place-new"),
    path("places/<uuid:id_>/", places.place, name="place"),
    path("places/<uuid:id_>/change/", places.change_place, name="place-change"),
    path("places/<uuid:id_>/remove/", places.remove_place, name="place-remove"),
    path("places/<uuid:id_>/points/new/", equipment.add_point, name="usage-point-new"),
    path("usage-points/<uuid:id_>/", equipment.change_point, name="usage-point-change"),
    path("usage-points/<uuid:id_>/remove/", equipment.remove_point, name="usage-point-remove"),
    path("network/", equipment.network, name="network"),
    path("network/feeders/new/", equipment.add_feeder, name="feeder-new"),
    path("network/feeders/<uuid:id_>/", equipment.change_feeder, name="feeder-change"),
    path("network/feeders/<uuid:id_>/remove/", equipment.remove_feeder, name="feeder-remove"),
    path("network/feeders/<uuid:id_>/new/", equipment.add_transformer, name="transformer-new"),
    path("network/transformers/<uuid:id_>/", equipment.transformer, name="transformer"),
    path("network/transformers/<uuid:id_>/change/", equipment.change_transformer, name="transformer-change"),
    path("network/transformers/<uuid:id_>/remove/", equipment.remove_transformer, name="transformer-remove"),
]
