"""What the public is told of a service, straight from the pack; what applications refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongdian.money import round_to
from tongdian.parties.models import Organisation
from tongdian.policy.answer import Answer, PaperOptions
from tongdian.policy.interpretations import used_by
from tongdian.policy.packs import Pack
from tongdian.policy.permitting import GRANT_PERMIT
from tongdian.policy.process import Limit, Process, ProcessVersion, lists_at_first
from tongdian.policy.process.commands import first_facts
from tongdian.policy.refusals import BadInput, NotApplicable, Refusal
from tongdian.policy.service_groups import group_of, place_of_group
from tongdian.policy.types import Value
from tongdian.policy.words import Words

DRAFTS_ARE_KEPT = dt.timedelta(days=30)
MOST_BOOKINGS = 10  # of visits, by the applicant of one case


class NoSuchService(Refusal):
    """A service that this office does not offer to the public."""

    says = Words("{organisation}不办理“{service}”。", '{organisation} does not offer "{service}".')
    status = 404


class NoSuchOffice(NoSuchService):
    """An office that is not there, or to which the public does not apply."""

    says = Words(
        "没有可以申请的单位“{office}”；有：{known}。",
        'There is no office "{office}" to apply to; there are: {known}.',
    )


class NotInTheWay(Refusal):
    """An agreement that does not stand in the way of the case."""

    says = Words(
        "协议 {number} 不妨碍此业务（已终止，或不在此处）；请刷新页面后再看。",
        "The agreement {number} does not stand in the way of this case: it has ended, or is for "
        "another place. Look at the case again.",
    )


class DoesNotMakeRoom(Refusal):
    """A process that ends no agreement of that class of customer, and renames none."""

    says = Words(
        "“{process}”不能终止此类用户的协议或更换其户名；请选择适用于该用户的业务。",
        '"{process}" neither ends an agreement of this class of customer nor renames it; choose one '
        "that is for them.",
    )


class PlaceNotOffered(Refusal):
    """A place that is not one of the office applied to."""

    says = Words("这个地点不在可选之列；请重新查找。", "That place is not offered here; look for it again.")
    field = "place"


class DraftGone(Refusal):
    """A draft that was sent, or forgotten after thirty days."""

    says = Words(
        "这份草稿已提交或已过期（保留 30 天）；请重新填写。",
        "This draft was sent or has expired (kept for 30 days); please begin again.",
    )


class NoSuchFee(Refusal):
    """Not in the catalogue, or not one that this viewer publishes."""

    says = Words("目录中没有这项收费，或您无权查看。", "There is no such fee, or it is not yours to see.")
    status = 404


class NotFoundTogether(Refusal):
    """A number and telephone that do not belong together; which of them is wrong is not told."""

    says = Words(
        "没有找到：请核对业务编号和申请时填写的手机号。",
        "Not found: check the number and the telephone given in the application.",
    )
    status = 404


class NotOverYet(Refusal):
    """A rating before the end."""

    says = Words("办结后才能评价。", "It can be rated once it is finished.")


class RatedAlready(Refusal):
    """A second rating."""

    says = Words("已经评价过，谢谢。", "It has been rated already. Thank you.")


class NotInCatalogue(Refusal):
    """A charge for something that the published catalogue does not have on that day."""

    says = Words(
        "“{fee}”在 {on} 不在公布的收费目录内，不得收取（依据：{cite}）。",
        '"{fee}" is not in the published catalogue on {on} and may not be charged (by {cite}).',
    )


class NothingCharged(Refusal):
    """Charging without a fee."""

    says = Words("请至少填写一项的数量。", "Say the quantity of one fee at least.")


class NoCustomer(Refusal):
    """Something that needs to know who is supplied."""

    says = Words(
        "业务 {case} 还没有用户；请先登记用户。", "Case {case} has no customer yet; enter the customer first."
    )


class NobodyApplies(Refusal):
    """A case at the counter for nobody."""

    says = Words("请选择用户；还没有登记的，先登记。", "Choose the customer, or enter who is not known yet.")
    field = "customer"


class NoPlace(Refusal):
    """Something that needs to know where."""

    says = Words(
        "业务 {case} 还没有确定地点；请先选定地点。", "Case {case} has no place yet; choose the place first."
    )


class NotDrawnUp(Refusal):
    """A contract that nobody has drawn up."""

    says = Words(
        "业务 {case} 还没有拟定协议；请先点“拟定协议”。",
        "No agreement is drawn up in case {case} yet; draw it up first.",
    )


class NowhereToSend(Refusal):
    """No address that the office can write to."""

    says = Words(
        "请先填写手机号或邮箱；如已填写，{office}暂不能向它发送消息，请自行保存链接。",
        "Give a telephone or e-mail first; if you did, {office} cannot send to it: keep the "
        "address yourself.",
    )


class LastDayMissing(Refusal):
    """A temporary supply that would run for ever."""

    says = Words(
        "业务 {case} 是临时用水用电，申请中没有最后一天；请撤回后按申请重新受理并填写最后一天。",
        "Case {case} is a temporary supply without a last day: withdraw it and take the application "
        "again with its last day.",
    )


class NotSigned(Refusal):
    """An agreement that takes effect before anybody signed."""

    says = Words(
        "业务 {case} 的协议用户还没有签；请等用户签署，或附上双方已签的纸质协议（扫描件或照片）。",
        "The customer has not signed the agreement in case {case} yet; wait for it, or attach the one "
        "that both signed on paper, scanned or photographed.",
    )


class NotSealed(Refusal):
    """An agreement that the customer signed and the office did not."""

    says = Words(
        "用户已签署业务 {case} 的协议，供方还没有签；请先点“供应方签名”。",
        "The customer has signed the agreement in case {case}; sign it for the office first.",
    )


class NoAgreementHere(Refusal):
    """A change of something that is not in force."""

    says = Words(
        "{on} 在业务 {case} 的地点没有该用户的有效协议；请核对地点和用户。",
        "On {on} that customer has no agreement in force at the place of case {case}; check the "
        "place and the customer.",
    )


class NotOfThisClass(Refusal):
    """A process for other classes of customers than the one who is supplied there."""

    says = Words(
        "“{process}”不适用于该处的用户（{found}）；请选择适用的业务。",
        '"{process}" is not for the customer who is supplied there ({found}); choose the one that is.',
    )


class NoDrawings(Refusal):
    """Drawings kept without a drawing."""

    says = Words("业务 {case} 没有上传图纸。", "No drawing was handed in with case {case}.")


class CodeWrong(Refusal):
    """Not the digits that were sent, too late, or too many tries."""

    says = Words(
        "验证码不对或已过期（还可试 {left} 次）；请重新获取。",
        "The code is wrong or too old ({left} tries left); ask for a new one.",
    )


class CodeSentAlready(Refusal):
    """A second code within a minute."""

    says = Words("验证码已发送，请一分钟后再试。", "A code was just sent; wait a minute.")


class NoTextMessages(Refusal):
    """A code to be sent by an office that sends no text messages."""

    says = Words(
        "{office}还没有开通短信，发不出验证码；请拨打服务热线，到营业窗口签纸质协议。",
        "{office} sends no text messages yet, so no code can reach you: call the hotline and sign on "
        "paper at its counter.",
    )


class FixedLine(Refusal):
    """A code to a telephone that receives no text messages."""

    says = Words(
        "申请时填写的是座机，收不到验证码；请到{office}窗口签纸质协议，或致电 {phone} 更改为手机号。",
        "The telephone of the application is a fixed line, which receives no code: sign on paper at "
        "the counter of {office}, or call {phone} to change it to a mobile.",
    )


class MovedTooOften(Refusal):
    """An applicant who has booked as often as anybody needs to."""

    says = Words(
        "此业务的上门预约已多次更改，不能再在网上预约；请致电{office}（{phone}）。",
        "Visits of this case were moved many times and cannot be booked here any more: call "
        "{office} ({phone}).",
    )


class RepairNotOurs(Refusal):
    """A repair refused without saying why, and whose it is."""

    says = Words("请说明为什么不属本单位、应找谁。", "Say why it is not yours, and whose it is.")


class NoSuchSlot(Refusal):
    """A visit at a time that is not offered, or taken meanwhile."""

    says = Words(
        "{slot} 已约满或不在办公时间；请另选。", "{slot} is taken or outside working hours; choose another."
    )


@dataclass(frozen=True)
class ServiceStage:
    """One stage as an applicant sees it; `days` None: the document sets no limit."""

    key: str
    title: Words
    who: Words
    owner: str
    limit: Limit | None
    is_conditional: bool
    cite: tuple[str, ...]


@dataclass(frozen=True)
class PaperAsked:
    """A list of papers that a stage asks for; `is_first` where it is handed in with the application.

    `answer` is the reason.
    """

    stage: Words
    is_first: bool
    papers: PaperOptions
    answer: Answer


@dataclass(frozen=True)
class Service:
    """What an applicant sees before the first question."""

    pack: Pack
    process: Process
    wording: ProcessVersion
    on: dt.date
    steps: tuple[ServiceStage, ...]
    asked: tuple[PaperAsked, ...]
    totals: tuple[tuple[Words, Limit], ...]

    @property
    def id(self) -> str:
        return self.process.rule

    @property
    def title(self) -> Words:
        return self.process.title

    @property
    def group(self) -> Words:
        return group_of(self.pack, self.process)

    @property
    def cite(self) -> tuple[str, ...]:
        return self.wording.cite


def services(pack: Pack, on: dt.date) -> Iterator[Process]:
    """The processes of a pack that the public may begin on a day, grouped as they are shown; the
    shortest way first."""
    offered = [rule for rule in pack.rules.values() if isinstance(rule, Process) and rule.service]
    found = []
    for process in offered:
        stages = [len(one.stages) for one in process.versions if one.in_force.covers(on)]
        if stages:
            found.append((place_of_group(pack, process), max(stages), process))
    yield from (process for *_, process in sorted(found, key=lambda one: one[:2]))


def service(
    pack: Pack,
    process: Process,
    on: dt.date,
    *,
    taken: Mapping[str, str],
    facts: Mapping[str, Any] | None = None,
) -> Service:
    """Papers, steps and days of a service on a day, for the facts known so far."""
    wording: ProcessVersion = process.version_on(on, dict(taken))
    known = first_facts(wording, facts or {})
    limits = process.limits(pack, wording, on=on, facts=known, take=taken)
    steps = []
    for key in wording.graph.order:
        needed = wording.graph.is_needed(key, known)
        if needed is False:
            continue
        stage = wording.stages[key]
        steps.append(
            ServiceStage(
                key,
                stage.title,
                wording.all_roles[stage.role].title,
                wording.owner_of(key),
                limits.get(key),
                needed is None,
                stage.cite,
            )
        )
    totals = tuple((clock.title, limits[name]) for name, clock in wording.clocks.items() if name in limits)
    asked = tuple(_papers(pack, wording, on, known, taken))
    return Service(pack, process, wording, on, tuple(steps), asked, totals)


def _papers(
    pack: Pack, wording: ProcessVersion, on: dt.date, facts: Mapping[str, Value], taken: Mapping[str, str]
) -> Iterator[PaperAsked]:
    at_first = lists_at_first(wording)
    for key, stage in wording.stages.items():
        if stage.papers is None:
            continue
        known = {**facts, **wording.given, **stage.given}
        rule = pack.rules[stage.papers]
        given = {name: known[name] for name in rule.input if name in known}
        try:
            answer = pack.answer(rule.rule, on=on, given=given, take=used_by(pack, rule, taken))
        except (NotApplicable, BadInput):
            continue  # the document lists none for it, or it depends on what is not known yet
        if isinstance(answer.value, PaperOptions):
            yield PaperAsked(stage.title, key in at_first, answer.value, answer)


def only_permits(wording: ProcessVersion) -> bool:
    """Whether a process permits something where supply is already, and connects or meters nothing: nobody has to
    come, and who asks need not be a customer with a meter."""
    return any(stage.effect == GRANT_PERMIT for stage in wording.stages.values())


def charge_of(yuan: Decimal, quantity: Decimal) -> Decimal:
    """Price times quantity, to the fen, half up."""
    return round_to(yuan * quantity, 2)


@dataclass(frozen=True)
class OnlineCounter:
    """The office's counter on the internet: it enters applicants and opens their cases, no more."""

    organisation: Organisation
    is_active = True

    @property
    def actor(self) -> str:
        """How the audit log names it."""
        return f"online:{self.organisation.short}"

    def has_perm(self, permission: str, organisation: Any = None) -> bool:
        """Entering customers and opening cases of its own organisation."""
        return organisation == self.organisation and permission in ("parties.edit_customer", "cases.open")


def printed_forms(pack: Pack) -> dict[str, str]:
    """Papers that are this program's own form: applying online fills them, by the id in the pack."""
    form = pack.head.uses.approval_form
    return {form: "approval-form"} if form else {}
