"""The addresses of agreements and imports."""

from django.urls import path

from tongdian.agreements.pages import agreeing, ending, importing, signing

urlpatterns = [
    path("agreements/", agreeing.agreements, name="agreements"),
    path("agreements/export/", agreeing.export, name="agreements-export"),
    path("agreements/views/", agreeing.views, name="agreements-views"),
    path("agreements/new/", agreeing.sign, name="agreement-new"),
    path("agreements/<uuid:id_>/", agreeing.agreement, name="agreement"),
    path("agreements/<uuid:id_>/propose/<slug:deed>/", ending.propose, name="agreement-propose"),
    path("agreements/<uuid:id_>/answer-proposal/", ending.answer, name="agreement-answer"),
    path("agreements/<uuid:id_>/proposal-file/", ending.file, name="agreement-proposal-file"),
    path("agreements/<uuid:id_>/change/", agreeing.change, name="agreement-change"),
    path("agreements/<uuid:id_>/text/", signing.draw_up, name="agreement-draw-up"),
    path("agreement-texts/<uuid:id_>/", signing.text, name="agreement-text"),
    path("agreement-texts/<uuid:id_>/<slug:party>.png", signing.drawing, name="agreement-drawing"),
    path("agreement-texts/<uuid:id_>/authorisation/", signing.authorisation, name="agreement-authorisation"),
    path("imports/", importing.imports, name="imports"),
    path("imports/templates/<slug:kind>.xlsx", importing.blank, name="import-template"),
    path("imports/<uuid:id_>/", importing.brought, name="import"),
    path("imports/<uuid:id_>/file", importing.file, name="import-file"),
    path("imports/<uuid:id_>/refused.xlsx", importing.refused, name="import-refused"),
    path("imports/<uuid:id_>/<slug:deed>/", importing.settle, name="import-settle"),
]
