"""The addresses of supply."""

from __future__ import annotations

from django.urls import path

from tongdian.registers.pages.register import addresses
from tongdian.supply.pages import approving, duty, feeds, months, permits, stopping, switching, used
from tongdian.supply.registers import (
    LESSONS,
    PERMITS,
    PLACE_TIMETABLES,
    SCHOOL_DAYS,
    SCHOOL_FACTS,
    SEAT_COUNTS,
    SWITCHES,
    TEMPERATURES,
)

urlpatterns = [
    path("supply/", duty.duty_room, name="duty-room"),
    path("supply/used-outside/", used.used_outside, name="used-outside"),
    path("supply/used-outside/lately/", used.lately, name="used-lately"),
    path("places/<uuid:id_>/supply/use/", used.place_use, name="place-use"),
    path("supply/permits/", permits.permits, name="permits"),
    path("supply/permits/<uuid:id_>/", permits.permit, name="permit"),
    path("places/<uuid:id_>/supply/", months.month, name="place-supply"),
    path("places/<uuid:id_>/supply/now/", months.now, name="place-supply-now"),
    path("places/<uuid:id_>/supply/parts/", months.building, name="place-supply-parts"),
    path("places/<uuid:id_>/supply/sheet/", months.sheet, name="place-supply-sheet"),
    path("places/<uuid:id_>/supply/feeds/", feeds.feeds, name="place-supply-feeds"),
    path("supply/calendars/<str:secret>.ics", feeds.calendar, name="supply-calendar"),
    *addresses(SCHOOL_FACTS),
    *addresses(SCHOOL_DAYS),
    *addresses(PLACE_TIMETABLES),
    *addresses(PERMITS),
    *addresses(LESSONS),
    *addresses(SEAT_COUNTS),
    *addresses(TEMPERATURES),
    path("supply/stops/", stopping.stops, name="supply-stops"),
    path("supply/approvals/", approving.approvals, name="supply-approvals"),
    path("supply/points/<uuid:id_>/", stopping.point, name="supply-point"),
    path("supply/points/<uuid:id_>/open/", stopping.open_, name="supply-point-open"),
    path("supply/points/<uuid:id_>/unsafe/", stopping.unsafe, name="supply-point-unsafe"),
    path("supply/points/<uuid:id_>/approve/", stopping.approve, name="supply-point-approve"),
    path("supply/stops/<uuid:id_>/end/", stopping.end, name="supply-stop-end"),
    path("supply/stops/<uuid:id_>/restore/", stopping.restore, name="supply-stop-restore"),
    path("cash/accounts/<uuid:id_>/suspend/<uuid:point>/", stopping.suspend, name="supply-suspend"),
    *addresses(SWITCHES),
    path("supply/commands/", switching.commands, name="switch-commands"),
    path("supply/commands/<uuid:id_>/<slug:deed>/", switching.do, name="switch-command-deed"),
]
