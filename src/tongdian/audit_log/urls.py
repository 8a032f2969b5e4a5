"""The audit log's addresses."""

from django.urls import path

from tongdian.audit_log import pages

urlpatterns = [
    path("audit/", pages.audit, name="audit"),
    path("audit/check/", pages.check, name="audit-check"),
    path("audit/entries/<uuid:entry>/erase/", pages.erase, name="audit-erase"),
    path("audit/entries/<int:sequence>/proof.json", pages.proof, name="audit-proof"),
    path("audit/checkpoints/<int:size>.txt", pages.checkpoint, name="audit-checkpoint"),
]
