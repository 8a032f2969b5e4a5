"""The addresses of meters."""

from django.urls import path

from tongdian.metering.pages import meters
from tongdian.metering.registers import METERS
from tongdian.registers.pages.register import addresses

urlpatterns = [
    path("meters/<uuid:id_>/", meters.meter, name="meter"),
    path("meters/<uuid:id_>/read/", meters.read, name="meter-read"),
    path("meters/<uuid:id_>/fit/", meters.fit, name="meter-fit"),
    path("meters/<uuid:id_>/take-down/", meters.take_down, name="meter-take-down"),
    path("meters/<uuid:id_>/readings/<str:day>/", meters.reading, name="meter-reading"),
    path("meters/<uuid:id_>/readings/<str:day>/correct/", meters.correct, name="meter-reading-correct"),
    *addresses(METERS),
]
