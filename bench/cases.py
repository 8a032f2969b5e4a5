"""One million open and ten million closed cases in PostgreSQL: lists, a case's page, search, steps.

The rows are made in SQL; the case whose page is measured is a real one, worked on by the engine.
Database time is the sum of the questions' times on the server's side of the connection; pages are
compared with a page of the same size that Django sends without asking anything.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.report import Figure

SUPPLIERS = 200
PLACES = 200_000
REPEATS = 15
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国文斌海燕春雪峰志新宇浩然子轩"
STREETS = "中山解放人民建设和平文化学院滨江环城东风朝阳长安"


def measure(*, small: bool) -> list[Figure]:
    share = 100 if small else 1
    with tempfile.TemporaryDirectory(prefix="tongdian-bench-") as home:
        os.environ["TONGDIAN_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongdian.config.settings")
        from tongdian.config.program import collect_static_files, open_program

        with open_program():
            collect_static_files()
            people = _organisations()
            _fill(open_cases=1_000_000 // share, closed=10_000_000 // share)
            return [*_size(), *_questions(people), *_pages(people)]


# ---------------------------------------------------------------- filling
def _organisations() -> dict[str, Any]:
    from tongdian.identifiers import uuid7
    from tongdian.parties.models import Account, Adoption, Membership, Organisation, Region, since
    from tongdian.rulebook.commands import install_packs

    install_packs()
    began = since(dt.date(2016, 1, 1))
    counties = list(Region.objects.filter(level="county").order_by("code")[:SUPPLIERS])

    def organisation(kind: str, name: str, short: str, region: Region, parent: Any) -> Any:
        name_of = uuid7()
        above = parent.ancestors if parent else []
        return Organisation.objects.create(
            id=name_of,
            kind=kind,
            name=name,
            short=short,
            region=region,
            parent=parent,
            ancestors=[*above, name_of],
            in_force=began,
        )

    nation = Region.objects.get(code="100000")
    regulator = organisation("regulator", "国家能源局", "NEA", nation, None)
    regulator.regions.add(nation)
    group = organisation("supplier_group", "某电力集团", "DL", counties[0], None)
    Adoption.objects.create(organisation=group, pack="nea-2021-37", in_force=began)
    suppliers = [
        organisation("supplier", f"{region.name}供电公司", f"S{at:03d}", region, group)
        for at, region in enumerate(counties)
    ]

    def person(name: str, role: str, at: Any) -> Account:
        account = Account.objects.create(username=name)
        Membership.objects.create(account=account, role=role, organisation=at, in_force=began)
        return account

    return {
        "supplier": suppliers[7],
        "clerk": person("clerk", "clerk", suppliers[7]),
        "group": person("group", "officer", group),
        "nation": person("nation", "supervisor", regulator),
    }


def _fill(*, open_cases: int, closed: int) -> None:
    import psycopg

    from tongdian.config.logins import owner_url
    from tongdian.rulebook.models import Revision

    revision = Revision.objects.get(pack="nea-2021-37").content_hash
    version = _version()
    with psycopg.connect(owner_url(), autocommit=True) as owner:
        owner.execute("set synchronous_commit = off")
        owner.execute("set maintenance_work_mem = '1GB'")
        owner.execute("set work_mem = '256MB'")
        with _without_indexes(owner, "cases_case", "cases_event", "cases_openstage"):
            for statement in _statements(open_cases, closed, revision, version):
                owner.execute(statement)
        owner.execute("vacuum analyze")


def _version() -> str:
    from tongdian.rulebook import queries

    process = queries.pack("nea-2021-37").rules["low-voltage-connection"]
    return str(process.version_on(dt.date(2026, 1, 1), {}).key)


@contextmanager
def _without_indexes(owner: Any, *tables: str) -> Iterator[None]:
    """Indexes are built after the rows, which is many times quicker."""
    found = owner.execute(
        "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i"
        " left join pg_constraint c on c.conindid = i.indexrelid"
        " where i.indrelid::regclass::text = any(%s) and c.oid is null",
        [list(tables)],
    ).fetchall()
    for name, _ in found:
        owner.execute(f"drop index {name}")
    yield
    for _, definition in found:
        owner.execute(definition)


def _statements(open_cases: int, closed: int, revision: str, version: str) -> Iterator[str]:
    total = open_cases + closed
    pick = "substr('{0}', 1 + floor(random() * length('{0}'))::int, {1})"
    name = " || ".join([pick.format(SURNAMES, 1), pick.format(GIVEN, 1), pick.format(GIVEN, 1)])
    street = pick.format(STREETS, 2)
    two = "array[substr({0}, 1, 2), substr({0}, 2, 2)]"
    yield """
        create temp table supplier as
        select row_number() over (order by short) - 1 as n, id, region_id, short
        from parties_organisation where kind = 'supplier'
    """
    yield f"""
        insert into network_place (id, organisation_id, region_id, kind, code, name, parent_id,
            ancestors, address, pairs, is_demo)
        select made.id, s.id, s.region_id, 'premises', 'P' || made.n, made.name, null,
            array[made.id], '', array[substr(made.name, 1, 2), substr(made.name, 2, 2),
                substr(made.name, 3, 2), substr(made.name, 4, 2), substr(made.name, 5, 2)], true
        from (select n, uuidv7() as id, {street} || '路' || (1 + n % 900) || '号' as name
              from generate_series(1, {PLACES}) n) made
        join supplier s on s.n = made.n % {SUPPLIERS}
    """
    yield f"""
        insert into parties_customer (id, number, kind, name, name_key, organisation_id, document, identity,
            identity_lookup, phone, phone_lookup, contact, email, address, pairs, created_at, is_demo)
        select uuidv7(), s.short || '-' || made.n, 'person', made.name, '', s.id, 'id_card', '', '', '', '', '',
            '', '', {two.format("made.name")}, now(), true
        from (select n, {name} as name from generate_series(1, {PLACES}) n) made
        join supplier s on s.n = made.n % {SUPPLIERS}
    """
    yield """
        create temp table pair as
        select p.n, p.id as place, c.id as customer, p.organisation_id, p.region_id, s.short,
            p.pairs || c.pairs as pairs
        from (select *, substr(code, 2)::int as n from network_place) p
        join (select *, split_part(number, '-', 2)::int as n from parties_customer) c using (n)
        join supplier s on s.id = p.organisation_id
    """
    yield "create index on pair (n)"
    yield f"""
        insert into cases_case (id, number, organisation_id, region_id, place_id, customer_id,
            part_of_id, pack, process, version, revision, taken, channel, opened_on, last_on,
            ended_on, ending, suspended_since, seq, pairs, is_demo)
        select uuidv7(interval '-1 second' * ({total} - i)), pair.short || '-2026-' || lpad(i::text, 8, '0'),
            organisation_id, region_id, place, customer, null, 'nea-2021-37',
            'low-voltage-connection', '{version}', '{revision}', '{{}}', 'online',
            date '2026-11-01' - ({total} - i) / 5000, date '2026-11-01' - ({total} - i) / 5000 + 7,
            case when i <= {closed} then date '2026-11-01' - ({total} - i) / 5000 + 7 end,
            case when i <= {closed} then 'finished' else '' end, null, 5,
            pair.pairs || array[substr(pair.short, 1, 2), substr(pair.short, 2, 2), substr(pair.short, 3, 2), substr(lpad(i::text, 8, '0'), 1, 2),
                substr(lpad(i::text, 8, '0'), 3, 2), substr(lpad(i::text, 8, '0'), 5, 2),
                substr(lpad(i::text, 8, '0'), 7, 2)], true
        from generate_series(1, {total}) i join pair on pair.n = 1 + (i * 7919::bigint) % {PLACES}
    """
    yield """
        insert into cases_event (case_id, seq, kind, stage, at, "on", claimed_on, account_id, by,
            acted_for, source, body)
        select id, 1, 'opened', '', opened_on, opened_on, null, null, 'bench', null, 'demo',
            jsonb_build_object('process', process, 'version', version,
                'facts', jsonb_build_object('capacity', '50'))
        from cases_case
    """
    yield """
        insert into cases_openstage (case_id, stage, attempt, role, owner, organisation_id,
            office_id, assigned_to_id, opened_on, due_on, "limit", in_working_days, is_suspended)
        select id, 'accept', 1, 'supplier', 'supplier', organisation_id, organisation_id, null,
            opened_on, opened_on + 3, 3, true, false
        from cases_case where ended_on is null
    """


# ---------------------------------------------------------------- size
def _size() -> list[Figure]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("""
            select (pg_table_size('cases_case') + pg_table_size('cases_openstage'))::float
                   / count(*),
                   (pg_total_relation_size('cases_case') + pg_total_relation_size('cases_openstage'))
                   ::float / count(*), count(*)
            from cases_case
        """)
        rows, whole, count = cursor.fetchone()
    return [
        Figure(
            "cases",
            "state beyond events, a case",
            "≤ 1 KB",
            f"{rows:.0f} B",
            f"{count:,} cases; with every index {whole:.0f} B",
        )
    ]


# ---------------------------------------------------------------- questions
@contextmanager
def _database_time() -> Iterator[list[float]]:
    from django.db import connection

    spent = [0.0]

    def timed(execute: Callable[..., Any], *args: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*args)
        finally:
            spent[0] += (time.perf_counter() - began) * 1000

    with connection.execute_wrapper(timed):
        yield spent


def _milliseconds(ask: Callable[[], Any]) -> float:
    """The median database time of asking, the first time left out."""
    ask()
    found = []
    for _ in range(REPEATS):
        with _database_time() as spent:
            ask()
        found.append(spent[0])
    return statistics.median(found)


def _questions(people: dict[str, Any]) -> list[Figure]:
    from tongdian.cases import queries
    from tongdian.parties.models import Account, Customer

    def as_(name: str) -> Account:
        return Account.objects.get(username=name)  # anew each time, as every request does

    rare = Customer.objects.order_by("-number").first().name[:2]
    asked = {
        "due list of a supplier's clerk": lambda: list(queries.work(as_("clerk"))[:50]),
        "late list of the national regulator": lambda: list(
            queries.supervised_late(as_("nation"), dt.date(2026, 11, 2))[:50]
        ),
        f"search {rare}, a supplier": lambda: list(queries.find_cases(as_("clerk"), rare)[:51]),
        f"search {rare}, the nation": lambda: list(queries.find_cases(as_("nation"), rare)[:51]),
        "search 中山 (in a tenth of all), the nation": lambda: list(
            queries.find_cases(as_("nation"), "中山")[:51]
        ),
        "search 中山, a supplier": lambda: list(queries.find_cases(as_("clerk"), "中山")[:51]),
    }
    return [
        Figure("cases", what, "≤ 50 ms of database time", f"{_milliseconds(ask):.1f} ms")
        for what, ask in asked.items()
    ]


# ---------------------------------------------------------------- pages
def _pages(people: dict[str, Any]) -> list[Figure]:
    from django.test import Client

    case = _worked_case(people)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(people["clerk"])
    figures = []
    for what, address in (("case page", f"/cases/{case.number}/"), ("case list", "/cases/"), ("home", "/")):
        page = client.get(address)
        assert page.status_code == 200, (address, page.status_code)
        database = _milliseconds(lambda address=address: client.get(address))
        ratio, ours, bare = _against_bare(client, address, page.content.decode())
        note = f"{ours:.1f} ms against {bare:.1f} ms, {len(page.content) / 1024:.0f} KB"
        figures += [
            Figure("cases", f"{what}: database time", "≤ 50 ms", f"{database:.1f} ms"),
            Figure("cases", f"{what} against a bare page", "≤ 2 ×", f"{ratio:.1f} ×", note),
        ]
    return figures


def _worked_case(people: dict[str, Any]) -> Any:
    from tongdian.cases import actions
    from tongdian.cases.models import Paper
    from tongdian.network.models import Place

    clerk, supplier = people["clerk"], people["supplier"]
    at = dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC)
    case = actions.open_case(
        viewer=clerk,
        organisation=supplier,
        pack="nea-2021-37",
        process="low-voltage-connection",
        customer=None,
        place=Place.objects.filter(organisation=supplier).first(),
        facts={"capacity": "50"},
        at=at,
    )
    from tongdian.cases import queries

    listed = queries.paper_list(case, queries.state_of(case), "accept")
    for paper in listed.needed if listed else ():
        Paper.objects.create(
            case=case, kind="received", item=paper.item, file="0" * 64, name="a.pdf", at=at, by="x"
        )
    facts = queries.desk(case).wording.products("accept", queries.state_of(case).facts)
    actions.close_stage(viewer=clerk, case=case, stage="accept", seen=1, at=at, facts=facts)
    return case


def _against_bare(client: Any, address: str, body: str) -> tuple[float, float, float]:
    """How many times longer than a page of the same bytes, signed in, through the same middleware."""
    from django.http import HttpResponse
    from django.template import engines
    from django.urls import path, set_urlconf

    from tongdian.config import urls

    template = engines["django"].from_string("{% verbatim %}" + body + "{% endverbatim %}")

    def bare(request: Any) -> HttpResponse:
        _ = request.user.username  # signed in, as ours
        return HttpResponse(template.render({}, request))

    urls.urlpatterns.append(path("bare/", bare))
    from django.urls import clear_url_caches

    clear_url_caches()
    set_urlconf(None)
    try:
        ours, theirs = [], []
        for _ in range(REPEATS):
            for address_, found in ((address, ours), ("/bare/", theirs)):
                began = time.perf_counter()
                assert client.get(address_).status_code == 200
                found.append((time.perf_counter() - began) * 1000)
        ours_ms, bare_ms = statistics.median(ours), statistics.median(theirs)
        return ours_ms / bare_ms, ours_ms, bare_ms
    finally:
        urls.urlpatterns.pop()
        clear_url_caches()


__all__ = ["Path", "measure"]
