"""The addresses of cases."""

from django.urls import path, re_path

from tongdian.cases.pages import acting, case, claiming, force_majeure, listing, papers, taking
from tongdian.cases.registers import FORCE_MAJEURE
from tongdian.cases.rules import ASSIGN
from tongdian.policy import process as kernel
from tongdian.registers.pages.register import addresses

ONE = "cases/<str:number>/"
VERBS = {**kernel.VERBS, ASSIGN.name: ASSIGN}
BARE = "|".join(name for name, verb in VERBS.items() if not verb.about)
ABOUT = "|".join(name for name, verb in VERBS.items() if verb.about)

urlpatterns = [
    path("cases/", listing.cases, name="cases"),
    path("cases/export/", taking.export, name="cases-export"),
    path("cases/views/", taking.views, name="cases-views"),
    path("cases/reassign/", taking.reassign, name="case-reassign"),
    path("cases/claims/", claiming.claims, name="claims"),
    *addresses(FORCE_MAJEURE),
    path("force-majeure/<uuid:id_>/", force_majeure.event, name="force-majeure-event"),
    path("force-majeure/<uuid:id_>/proofs/", force_majeure.prove, name="force-majeure-prove"),
    path("force-majeure/<uuid:id_>/proofs/<str:hash_>/", force_majeure.proof, name="force-majeure-proof"),
    path(ONE, case.case, name="case"),
    re_path(rf"^cases/(?P<number>[^/]+)/(?P<verb>{BARE})/$", acting.act, name="case-act"),
    re_path(
        rf"^cases/(?P<number>[^/]+)/(?P<verb>{ABOUT})/(?P<about>[\w-]+)/$", acting.act, name="case-act-on"
    ),
    path(f"{ONE}take/<str:stage>/", acting.take, name="case-take"),
    path(f"{ONE}papers/<str:item>/receive/", papers.receive, name="case-receive"),
    path(f"{ONE}papers/<uuid:id_>/", case.paper, name="case-paper"),
    path(f"{ONE}papers/<uuid:id_>/file/", case.paper_file, name="case-paper-file"),
    path(f"{ONE}papers/<uuid:id_>/aside/", papers.set_aside, name="case-paper-aside"),
    path(f"{ONE}ask/<str:stage>/", papers.ask, name="case-ask"),
    path(f"{ONE}evidence/<str:hash_>/", case.evidence, name="case-evidence"),
]
