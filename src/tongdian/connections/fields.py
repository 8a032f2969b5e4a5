"""What is asked of fees."""

from tongdian.policy.process import Process
from tongdian.policy.words import Words
from tongdian.registers.fields import ANYWHERE, Fields, Scope
from tongdian.registers.sorts import Code, Number, Selection, Text
from tongdian.rulebook import queries as rulebook


def services_with_fees(_scope: Scope = ANYWHERE) -> dict[str, Words]:
    """What a fee may belong to: a regulation, or one service by it; code → words. A regulation is bound
    to offices below whoever publishes, so all are offered."""
    found: dict[str, Words] = {}
    for pack in rulebook.readable_packs()[0]:
        if pack.place:
            continue  # cases of the place are kept under the pack that was adopted
        found[pack.id] = Words(f"{pack.number} 的各项业务", f"every service by {pack.number}")
        for rule in pack.rules.values():
            if isinstance(rule, Process) and rule.service:
                found[f"{pack.id}/{rule.rule}"] = rule.title
    return found


FEE = Fields(
    Code(
        "code",
        Words("编号", "Code"),
        column=Words("收费编号", "Fee code"),
        fixed=True,
        example="meter",
        note=Words("同一编号再次公布即为新标准。", "The same code again is its new price."),
    ),
    Text("name", Words("收费项目", "What is charged for"), example="单相电表"),
    Selection(
        "charged_in",
        Words("适用业务", "Charged in"),
        of=services_with_fees,
        optional=True,
        note=Words("不选即各项业务都可收取。", "Left open, it is charged in every service."),
    ),
    Text("unit", Words("计费单位", "A unit of it"), most=20, example="只"),
    Number(
        "yuan",
        Words("标准（元）", "Price (yuan)"),
        low="0",
        high="9999999999.99",
        unit="yuan",
        example="120.00",
    ),
    Text(
        "basis",
        Words("收费依据", "Basis"),
        most=200,
        lines=True,
        asked_anew=True,
        example="桂价费〔2016〕1 号",
        note=Words("准予收费的文件。", "The document that allows the charge."),
    ),
)
