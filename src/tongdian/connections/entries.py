"""What an application asks of its service: the screens, the API and the draft read it here, and the
action holds every door to it. Facts that the pack asks are read by the case that is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from tongdian.agreements.queries import ClassNames
from tongdian.connections.rules import PlaceNotOffered, Service
from tongdian.network.models import Place
from tongdian.network.rules import PlaceKind
from tongdian.parties.fields import checked_email
from tongdian.parties.models import Customer
from tongdian.parties.numbers import checked_document, checked_phone
from tongdian.parties.rules import Document
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import BadValue, Field, Fields, Scope, problem_of
from tongdian.registers.links import Link
from tongdian.registers.sorts import Day, Number, Selection, Text, Truth
from tongdian.spoken import both

CHOOSE_A_PLACE = Words("请选择地点，或用文字说明。", "Choose a place, or describe where it is.")
CHOOSE_EITHER = Words("请选择用电、用水或两项都选。", "Choose electricity, water, or both.")
ENDS_TOO_EARLY = Words("最后一天早于第一天。", "The last day comes before the first.")
FROM_WHEN = Words("请同时填写从哪天开始。", "Say from which day as well.")


KINDS: dict[str, Words] = {
    Customer.Kind.PERSON: Words("个人", "A person"),
    Customer.Kind.FIRM: Words("单位", "A firm or institution"),
}


def _offered(scope: Scope) -> QuerySet[Place]:
    return Place.objects.filter(organisation__ancestors__contains=[scope.organisation.id])


def _documents(_scope: Scope) -> dict[str, Words]:
    return {one.value: both(one.label) for one in Document if one != Document.CREDIT_CODE}


WHO = Fields(
    Selection("kind", Words("谁来申请", "Who applies"), of=KINDS, default=Customer.Kind.PERSON, radio=True),
    Text(
        "name",
        Words("姓名或单位名称", "Your name, or that of the firm"),
        note=Words("与证件或营业执照一致。", "As it stands on the document or business licence."),
    ),
    Selection(
        "document",
        Words("证件类型", "Document"),
        of=_documents,
        default=Document.ID_CARD.value,
        secret=True,
        note=Words("单位不用选。", "A firm leaves this as it is."),
    ),
    Text(
        "identity",
        Words("证件号码或统一社会信用代码", "Number of the document, or unified social credit code"),
        optional=True,
        secret=True,
        most=30,
        note=Words("可不填；号码加密保存。", "You may leave it empty. It is kept encrypted."),
    ),
    Text(
        "phone",
        Words("电话", "Telephone"),
        secret=True,
        most=30,
        check=checked_phone,
        note=Words(
            "用于接收验证码和进度消息，也凭它查进度；座机收不到验证码，须到窗口签协议。",
            "We send codes and messages to it; with it you follow your application. A fixed line "
            "gets no codes: agreements are then signed at the counter.",
        ),
    ),
    Text(
        "contact",
        Words("联系人", "Person to ask for"),
        optional=True,
        most=60,
        note=Words("单位申请时填写。", "For a firm or institution."),
    ),
    Text("email", Words("电子邮件", "E-mail"), optional=True, most=254, check=checked_email),
)
WHERE = Fields(
    Link("place", Words("地点", "Place"), optional=True, to=Place, among=_offered, unknown=PlaceNotOffered),
    Text(
        "place_text",
        Words("用文字说明地点", "Describe where it is"),
        optional=True,
        lines=True,
        most=200,
        note=Words(
            "上面找不到时填写：哪栋楼、几层、几号，旁边是什么。",
            "If you cannot find it above: building, floor, door, what is next to it.",
        ),
    ),
)
UTILITIES = Fields(
    Truth("wants_power", Words("电", "Electricity"), default=False),
    Truth("wants_water", Words("水", "Water"), default=False),
)
SUPPLY = Fields(
    Number(
        "capacity_kw",
        Words("全部用电设备的总功率", "Capacity of all equipment together"),
        optional=True,
        high="9999999999.99",
        unit="kW",
        note=Words(
            "把铭牌上的功率相加；不清楚的可不填。",
            "Add up what stands on the name plates. Leave it empty if you do not know.",
        ),
    ),
    Text(
        "purpose",
        Words("用途", "What it is used for"),
        most=200,
        note=Words("例如奶茶店、施工工地、住房。", "For example a tea shop, a building site, a flat."),
    ),
)
FIRST_DAY = Day("from_on", Words("起始日", "From"), optional=True)
LAST_DAY = Day(
    "last_on",
    Words("最后一天", "Last day"),
    optional=True,
    note=Words("知道何时结束的才填。", "Only if you know when it ends."),
)
REMARK = Text(
    "remark", Words("其他要说明的", "Anything else we should know"), optional=True, lines=True, most=1000
)
WHY = Words("为什么办这项业务，及其他要说明的", "Why this service, and anything else we should know")
DAYS = (FIRST_DAY.name, LAST_DAY.name)
WHAT = Fields(*UTILITIES, *SUPPLY, FIRST_DAY, LAST_DAY, REMARK)


@dataclass(frozen=True)
class ScreenFields:
    """The fields of each screen, by its name, for one service."""

    screens: Mapping[str, Fields]

    def at_counter(self) -> ScreenFields:
        """Without who applies: a clerk chooses the customer."""
        return ScreenFields({name: asked for name, asked in self.screens.items() if name != "who"})

    def read(self, given: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
        """Every value of an application from the texts of a door. What this service does not ask may
        be left out, and is looked at if it is said. Raises BadValue, PlaceNotOffered."""
        said = {"wants_power": "true", **given}
        found: dict[str, Any] = {}
        for name, asked in self.screens.items():
            values = {one.name: one.read(said.get(one.name), scope) for one in asked}
            more = [] if name != "what" else [one for one in WHAT if one.name not in asked]
            values |= {one.name: _left_open(one).read(said.get(one.name), scope) for one in more}
            for problem in together(name, values):
                raise problem
            found |= values
        return found


def _left_open(one: Field) -> Field:
    return one if isinstance(one, Truth) else one.open()


def doubt_of(service: Service, *, place: Place | None, kind: str) -> Words | None:
    """What is asked of who applies for a service that is seldom meant for such a place or customer: why it is
    this one all the same. None: nothing is odd, or nothing is known (a place that is only described)."""
    wording, seen = service.wording, None
    if place is not None and place.kind in wording.doubtful_at:
        label = both(PlaceKind(place.kind).label)
        seen = Words(f"{place.name}（{label.zh}）", f"{place.name} ({label.en})")
    elif kind in wording.doubtful_for:
        seen = KINDS[kind]
    if seen is None:
        return None
    title = service.process.title
    return Words(
        f"“{title.zh}”一般不为{seen.zh}办理；请在这里写明为什么仍按它申请，或改选适用的业务。",
        f'"{title.en}" is seldom meant for: {seen.en}. Say here why it is this one all the same, or choose the '
        "service that is for it.",
    )


def must_say_why(service: Service, *, place: Place | None, kind: str, remark: str) -> None:
    """Raise BadValue, with the field, where something is odd and nobody says why."""
    doubt = doubt_of(service, place=place, kind=kind)
    if doubt is not None and not remark.strip():
        raise REMARK.bad(doubt)


def asked_of(service: Service, doubt: Words | None = None) -> ScreenFields:
    """What an application for this service asks. With a `doubt` the remark says why it is this one."""
    group = service.process.service or "connect"
    what: list[Field] = []
    if group in ("connect", "temporary"):
        if ClassNames().categories(service.pack.adopted_id, "water"):
            what += UTILITIES
        what += SUPPLY.without("capacity_kw") if "capacity" in service.wording.asks else SUPPLY
    what.append(replace(FIRST_DAY, optional=group != "temporary"))
    if group == "connect":
        what.append(LAST_DAY)
    elif group == "temporary":
        what.append(replace(LAST_DAY, optional=False, note=FIRST_DAY.note))
    what.append(REMARK if doubt is None else replace(REMARK, title=WHY, optional=False, note=doubt))
    stages = service.wording.stages.values()
    if any(stage.effect_given.get("first_on", "") in service.wording.asks for stage in stages):
        what = [one for one in what if one.name not in DAYS]  # the days of the permit are facts: asked once
    asked = [one for one in what if one.name not in service.wording.not_asked]
    return ScreenFields({"who": WHO, "where": WHERE, "what": Fields(*asked)})


def together(screen: str, values: Mapping[str, Any]) -> Iterator[BadValue]:
    """What is wrong with the values of a screen beside each other; one that is itself wrong is absent."""
    if screen == "who" and values.get("identity"):
        is_firm = values.get("kind") == Customer.Kind.FIRM
        document = Document.CREDIT_CODE if is_firm else values.get("document") or Document.ID_CARD
        try:
            checked_document(document, values["identity"])
        except Refusal as refused:
            yield WHO["identity"].bad(problem_of(refused))
    if screen == "where" and values.get("place", WHERE) is None and not values.get("place_text", WHERE):
        yield WHERE["place_text"].bad(CHOOSE_A_PLACE)
    if screen == "what":
        if not (values.get("wants_power", True) or values.get("wants_water")):
            yield UTILITIES["wants_power"].bad(CHOOSE_EITHER)
        first, last = values.get("from_on"), values.get("last_on")
        if first and last and last < first:
            yield LAST_DAY.bad(ENDS_TOO_EARLY)
        if last and "from_on" in values and not first:
            yield FIRST_DAY.bad(FROM_WHEN)


def capacity_of(service: Service, facts: Mapping[str, Any]) -> Decimal | None:
    """The kilowatts that stand in a fact of the case, where the process asks for them there."""
    declared = service.wording.facts.get("capacity") if "capacity" in service.wording.asks else None
    said = facts.get("capacity")
    if declared is None or declared.unit != "kW" or said in (None, ""):
        return None
    return Decimal(str(said))
