"""The addresses of supply."""

from django.urls import path

from tongdian.registers.pages.register import addresses
from tongdian.supply.pages import duty, months, permits
from tongdian.supply.registers import PERMITS, PLACE_TIMETABLES, SCHOOL_DAYS, SCHOOL_FACTS

urlpatterns = [
    path("supply/", duty.duty_room, name="duty-room"),
    path("supply/permits/", permits.permits, name="permits"),
    path("supply/permits/<uuid:id_>/", permits.permit, name="permit"),
    path("places/<uuid:id_>/supply/", months.month, name="place-supply"),
    path("places/<uuid:id_>/supply/now/", months.now, name="place-supply-now"),
    path("places/<uuid:id_>/supply/parts/", months.building, name="place-supply-parts"),
    *addresses(SCHOOL_FACTS),
    *addresses(SCHOOL_DAYS),
    *addresses(PLACE_TIMETABLES),
    *addresses(PERMITS),
]
