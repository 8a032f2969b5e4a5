"""/api/v1: everything that the pages do, for programs."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.utils import normalize_path

from tongdian.api.problems import add_problems
from tongdian.api.rules import UnknownParameter
from tongdian.api.v1 import (
    agreements,
    audit,
    billing,
    cases,
    deciding,
    force_majeure,
    importing,
    meters,
    money,
    papers,
    parties,
    public,
    returns,
    rulebook,
    steps,
    supply,
    usage,
    visiting,
    webhooks,
    workdays,
)
from tongdian.api.v1.asking import UNHURRIED, ExactParser
from tongdian.api.v1.registers import operations
from tongdian.conduct import registers as conduct
from tongdian.connections import registers as connections
from tongdian.network import registers as network
from tongdian.policy.words import Words
from tongdian.supervision import registers as supervision
from tongdian.supply import registers as supplies

DESCRIPTION = """
Regulations that answer, and the service that is done by them: clauses, rules, answers with their
reasons; applications, cases, papers, agreements.

- **Who.** `Authorization: Bearer tdn_…`, a token made on the page /tokens/: it may do what its
  account may. An applicant without an account gets a `tda_…` token of one case from `POST /track`.
  What you may not see does not exist for you: 404.
- **Numbers** are text, exact: `"100000.10"`. Money is in yuan. Days are dates in Asia/Shanghai.
- **Lists** come newest first, `limit` at most 200; `next` is the cursor of the following page.
- **Steps on a case** say in `seen` (or `If-Match`) which event you saw last. Of two who act at once
  one wins; the other gets 409 with the present `seq` in `now`. **Steps on a return** name its `seen` alike.
- **Idempotency-Key** on a POST: the same request again gets the first answer again.
- **Registers** (places, feeders, fees, …) have the same fields, filters and actions as their pages. Who
  changes or removes names in `seen` (or `If-Match`) the state that they saw. A parameter that is not described is refused.
- **Refusals** are application/problem+json with a stable `code` and both languages in `says`.
"""


_AS_DJANGO = str.maketrans("{}", "<>")  # how a part of an address is written


class Api(NinjaAPI):
    """NinjaAPI whose description gives problems their own content type, and whose answers to who
    brings a token no cache keeps."""

    @cached_property
    def _parameters(self) -> dict[tuple[str, str], set[str]]:
        """By method and route: the parameters that an address may have."""
        found: dict[tuple[str, str], set[str]] = {}
        for prefix, router in self._routers:
            for path, view in router.path_operations.items():
                for operation in view.operations:
                    asked = [one for one in operation.models if one.__ninja_param_source__ == "query"]
                    names = {name for one in asked for name in one.__ninja_flatten_map__}
                    route = normalize_path(f"{prefix}/{path}").strip("/").translate(_AS_DJANGO)
                    found |= {(method, route): names for method in operation.methods}
        return found

    def _must_know(self, request: HttpRequest) -> None:
        """A filter that is misspelt would give everything: it is refused."""
        assert request.resolver_match is not None
        route = request.resolver_match.route.removeprefix("api/v1/").strip("/")
        known = self._parameters.get((str(request.method), route), set())
        if unknown := sorted(set(request.GET) - known):
            raise UnknownParameter(names=unknown[:5], known=sorted(known) or Words("无", "none"))

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        self._must_know(request)
        response = super().create_temporal_response(request)
        if "Authorization" in request.headers:
            response["Cache-Control"] = "private, no-store"
        return response

    def get_openapi_schema(self, *args: Any, **more: Any) -> Any:
        described = super().get_openapi_schema(*args, **more)
        for several in described["paths"].values():
            for operation in several.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        content = response["content"]
                        content["application/problem+json"] = content.pop("application/json")
        return described


api = Api(
    title="Tongdian 通典",
    version="1",
    description=DESCRIPTION,
    parser=ExactParser(),
    throttle=[UNHURRIED],
    docs_url="docs",
    urls_namespace="api-v1",
)
add_problems(api)
for _router in (cases.cases, steps.steps, papers.papers, visiting.of_case):
    api.add_router("/cases", _router)
for _prefix, _router in (
    ("/packs", deciding.choices),
    ("/workdays", deciding.changes),
    ("/workdays", deciding.years),
    ("/billing-accounts", supply.arrears_of),
):
    api.add_router(_prefix, _router)
for _prefix, _router in {
    "/packs": rulebook.packs,
    "/imports": importing.imports,
    "/workdays": workdays.days,
    "/audit": audit.audit,
    "/offices": public.offices,
    "/uploads": papers.uploads,
    "/privacy-notice": public.privacy,
    "/track": public.following,
    "/repairs": public.repairs,
    "/fees": operations(connections.FEES),
    "/force-majeure": force_majeure.events,
    "/visits": visiting.visits,
    "/organisations": parties.organisations,
    "/people": parties.people,
    "/customers": parties.customers,
    "/places": operations(network.PLACES),
    "/school-facts": operations(supplies.SCHOOL_FACTS),
    "/school-days": operations(supplies.SCHOOL_DAYS),
    "/place-timetables": operations(supplies.PLACE_TIMETABLES),
    "/permits": operations(supplies.PERMITS),
    "/lessons": operations(supplies.LESSONS),
    "/temperatures": operations(supplies.TEMPERATURES),
    "/seat-counts": operations(supplies.SEAT_COUNTS),
    "/education-records": operations(conduct.EDUCATION_RECORDS),
    "/feeders": operations(network.FEEDERS),
    "/transformers": operations(network.TRANSFORMERS),
    "/usage-points": operations(network.USAGE_POINTS),
    "/meters": meters.meters,
    "/bills": billing.bills,
    "/billing-runs": billing.runs,
    "/usage-reports": usage.reports,
    "/quota-plans": usage.plans,
    "/quota-rooms": usage.rooms,
    "/held-bills": billing.held,
    "/objections": billing.objections,
    "/billing-accounts": money.accounts,
    "/receipts": money.receipts,
    "/cash-boxes": money.boxes,
    "/debts": money.debts,
    "/money-proposals": money.proposals,
    "/halts": money.halts,
    "/bank-lines": money.lines,
    "/books": money.books,
    "/supply-stops": supply.stops,
    "/supply-points": supply.points,
    "/switches": operations(supplies.SWITCHES),
    "/switch-commands": supply.commands,
    "/virtual-meters": meters.virtual_meters,
    "/reading-routes": meters.reading_routes,
    "/agreements": agreements.agreements,
    "/notices": agreements.notices,
    "/returns": returns.returns,
    "/tasks": returns.tasks,
    "/grid-plans": operations(supervision.GRID_PLANS),
    "/grid-projects": operations(supervision.GRID_PROJECTS),
    "/internal-rules": operations(supervision.INTERNAL_RULES),
    "/webhooks": webhooks.webhooks,
}.items():
    api.add_router(_prefix, _router)
