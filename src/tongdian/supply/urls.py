"""The addresses of supply."""

from django.urls import path

from tongdian.registers.pages.register import addresses
from tongdian.supply.pages import stopping, switching
from tongdian.supply.registers import SWITCHES

urlpatterns = [
    path("supply/stops/", stopping.stops, name="supply-stops"),
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
