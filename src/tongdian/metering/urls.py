"""The addresses of meters."""

from django.urls import path

from tongdian.metering.pages import intervals, meters, own, together
from tongdian.metering.registers import METERS, ROUTES, VIRTUAL_METERS
from tongdian.registers.pages.register import addresses

urlpatterns = [
    path("my-meters/", own.meters, name="my-meters"),
    path("my-meters/<uuid:id_>/read/", own.read, name="my-meter-read"),
    path("meters/<uuid:id_>/", meters.meter, name="meter"),
    path("meters/<uuid:id_>/readings/<str:day>/", meters.reading, name="meter-reading"),
    path("meters/<uuid:id_>/intervals/", intervals.intervals, name="meter-intervals"),
    path("virtual-meters/<uuid:id_>/", together.virtual_meter, name="virtual-meter"),
    path("reading-routes/<uuid:id_>/", together.route, name="reading-route"),
    *addresses(METERS),
    *addresses(VIRTUAL_METERS),
    *addresses(ROUTES),
]
