"""What is refused of one-off charges and of charges by a rule. No table."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class PaidByTheSchool(Refusal):
    """A charge that the article lays on the university."""

    says = Words(
        "“{item}”由学校承担（{cite}），不向用户收取。", "{item} is borne by the university ({cite})."
    )


class CalculatedByRule(Refusal):
    """A charge that a rule calculates, not a price."""

    says = Words(
        "“{item}”按规则计算（{cite}）；请用“按规则计费”。",
        "{item} is calculated by its rule ({cite}): charge it by the rule.",
    )
    field = "yuan"


class NotARuleToCharge(Refusal):
    """The regulation charges nobody what this rule answers."""

    says = Words(
        "此处的规定没有把“{rule}”列为计费规则。", "No regulation in force here has {rule} charged by."
    )
    field = "rule"


class NotOneAmount(Refusal):
    """The rule answers a range, or something else than yuan."""

    says = Words(
        "规则的答案是“{value}”，不是一个金额；请先选定金额（chosen）。",
        "The rule answers {value}, which is not one amount: choose it first (chosen).",
    )
    field = "given"


class GivenUnreadable(Refusal):
    """What a rule is given is JSON: an object of names."""

    says = Words("规则的输入不是有效的 JSON 对象。", "What the rule is given is no JSON object.")
    field = "given"


class NothingDue(Refusal):
    """By the rule nothing is due: there is nothing to charge."""

    says = Words("按“{rule}”计算应缴 0 元，无须收费。", "By {rule} nothing is due.")
    field = "given"


class NotChargedYet(Refusal):
    """A stage that is paid for is not done before its charge is in the books."""

    says = Words(
        "{case} 的费用尚未记入应收；请先按规则计费。",
        "Nothing is charged for {case} yet: charge it by its rule first.",
    )
    status = 409


class ChargeNotPaid(Refusal):
    """A stage that is paid for is done by the payment."""

    says = Words(
        "{case} 的“{charge}”尚欠 {owed}；缴清后方可办结。",
        "{owed} of {charge} in {case} is still owed: it is paid first.",
    )
    status = 409


class NothingPublished(Refusal):
    """Neither a published price nor a settled cost."""

    says = Words(
        "收费目录没有公布“{item}”（编号 {code}）；请填写结算金额和单据。",
        "The catalogue publishes no {item} (code {code}): enter the cost as settled, and the paper.",
    )
    field = "yuan"


class NotInForceHere(Refusal):
    """No regulation here says what may be charged once."""

    says = Words(
        "此处没有规定一次性收费的条文。", "No regulation that is in force here speaks of one-off charges."
    )


class NotACharge(Refusal):
    """A bill is corrected by billing, a fee by its debt."""

    says = Words("只有一次性收费可以在此冲销。", "Only a one-off charge is taken back here.")
    status = 409


class NotItsDebt(Refusal):
    """The account has no such debt."""

    says = Words("该户没有这笔欠款。", "The account has no such debt.")
    field = "debt"
