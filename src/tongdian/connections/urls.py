"""The addresses of the public's services, and of what offices do about them."""

from django.urls import path

from tongdian.connections.pages import (
    applying,
    contracting,
    doing,
    offering,
    opening,
    placing,
    repairing,
    signing,
    tracking,
    visiting,
)
from tongdian.connections.registers import FEES
from tongdian.registers.pages.register import addresses

OFFICE = "services/<str:short>/"
DRAFT = "apply/<str:token>/"
OWN = "track/<str:number>/"
CASE = "cases/<str:number>/"

urlpatterns = [
    path("cases/new/", opening.new, name="case-new"),
    path("services/", offering.offices, name="services"),
    path("privacy/", offering.privacy, name="privacy"),
    path("hotlines/", offering.hotlines, name="hotlines"),
    path(OFFICE, offering.services, name="services-of"),
    path(f"{OFFICE}which/", offering.which, name="service-which"),
    path(f"{OFFICE}prices/", offering.prices, name="service-prices"),
    path(f"{OFFICE}fees/", offering.fees, name="service-fees"),
    path(f"{OFFICE}repair/", repairing.report, name="repair-report-to"),
    path(f"{OFFICE}<slug:name>/", offering.service, name="service"),
    path(f"{OFFICE}<slug:name>/notice/", offering.service_notice, name="service-notice"),
    path(f"{OFFICE}<slug:name>/apply/", applying.start, name="apply"),
    path(DRAFT, applying.resume, name="apply-resume"),
    path(f"{DRAFT}places/", applying.places, name="apply-places"),
    path(f"{DRAFT}papers/add/", applying.add_paper, name="apply-paper"),
    path(f"{DRAFT}papers/<slug:item>/<str:hash_>/", applying.draft_page, name="apply-paper-page"),
    path(f"{DRAFT}leave/", applying.leave, name="apply-leave"),
    path(f"{DRAFT}send/", applying.send_link, name="apply-send"),
    path(f"{DRAFT}<slug:step>/", applying.step, name="apply-step"),
    path("track/", tracking.track, name="track"),
    path(OWN, tracking.case, name="track-case"),
    path(f"{OWN}sent/", tracking.sent, name="track-sent"),
    path(f"{OWN}forget/", tracking.forget, name="track-forget"),
    path(f"{OWN}print/<slug:kind>/", tracking.printed, name="track-printed"),
    path(f"{OWN}text/<uuid:id_>/", tracking.printed_text, name="track-text"),
    path(f"{OWN}file/<uuid:id_>/", tracking.paper_file, name="track-file"),
    path(f"{OWN}papers/<str:item>/", doing.hand_in, name="track-hand-in"),
    path(f"{OWN}confirm/<slug:stage>/", doing.confirm, name="track-confirm"),
    path(f"{OWN}withdraw/", doing.withdraw, name="track-withdraw"),
    path(f"{OWN}withdraw-consent/", doing.withdraw_consent, name="track-withdraw-consent"),
    path(f"{OWN}visit/", doing.visit, name="track-visit"),
    path(f"{OWN}rate/", doing.rate, name="track-rate"),
    path(f"{OWN}sign/", signing.sign, name="track-sign"),
    path(f"{OWN}sign/code/", signing.code, name="track-code"),
    path("repair/", repairing.report, name="repair-report"),
    path("repair/<str:number>/", repairing.followed, name="repair-followed"),
    path("repairs/", repairing.repairs, name="repairs"),
    path("repairs/<str:number>/", repairing.repair, name="repair"),
    path("repairs/<str:number>/work/", repairing.work, name="repair-work"),
    path("repairs/<str:number>/photo/<str:hash_>/", repairing.photo, name="repair-photo"),
    path("visits/", visiting.visits, name="visits"),
    path("visits/<uuid:id_>/", visiting.settle, name="visit-settle"),
    *addresses(FEES),
    path(f"{CASE}place/", placing.place, name="case-place"),
    path(f"{CASE}contract/", contracting.contract, name="case-contract"),
    path(f"{CASE}contract/<uuid:id_>/pdf/", contracting.contract_pdf, name="case-contract-pdf"),
    path("cases/<str:number>/make-room/<uuid:id_>/", contracting.make_room, name="case-make-room"),
    path(f"{CASE}contract/sign/", contracting.countersign, name="case-countersign"),
    path(f"{CASE}print/<slug:kind>/", contracting.printed, name="case-printed"),
    path(f"{CASE}charge/", contracting.charge, name="case-charge"),
]
