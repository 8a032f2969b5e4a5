"""The addresses of calculations over files."""

from django.urls import path

from tongdian.runs.pages import bringing, seeing

urlpatterns = [
    path("runs/", bringing.runs, name="runs"),
    path("runs/new/<str:pack>/<str:rule>/", bringing.bring, name="run-new"),
    path("runs/templates/<str:pack>/<str:rule>/<str:grain>.xlsx", bringing.template, name="run-template"),
    path("runs/<uuid:id_>/", seeing.run, name="run"),
    path("runs/<uuid:id_>/progress/", seeing.progress, name="run-progress"),
    path("runs/<uuid:id_>/start/", seeing.start, name="run-start"),
    path("runs/<uuid:id_>/discard/", seeing.discard, name="run-discard"),
    path("runs/<uuid:id_>/files/<str:name>", seeing.file, name="run-file"),
]
