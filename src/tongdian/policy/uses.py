"""What pack.yaml says under `uses:` has to stand in the pack, and be what the program expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tongdian.policy.billing import check_billing
from tongdian.policy.conduct import check_conduct
from tongdian.policy.kinds.checklist import ChecklistRule
from tongdian.policy.kinds.rows import ClassRule, LimitsRule
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.kinds.table import TableRule
from tongdian.policy.kinds.value import ValueRule
from tongdian.policy.permitting import check_permitting
from tongdian.policy.process.model import OWNERS
from tongdian.policy.process.rule import Process
from tongdian.policy.reading import YamlNode
from tongdian.policy.refusals import PackError
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


def check_uses(pack: Pack, written: YamlNode) -> None:
    """Raises PackError, at the line that names what is not there."""
    uses = pack.head.uses
    papers = uses.application_papers
    readings = uses.readings
    for line, name, kind, sort in (
        ("readings", readings.methods if readings else None, TableRule, "table"),
        ("readings", readings.reasons if readings else None, TableRule, "table"),
        ("readings", readings.estimates if readings else None, ValueRule, "value"),
        ("readings", readings.validation if readings else None, SheetRule, "sheet"),
        ("readings", readings.checks if readings else None, TableRule, "table"),
        ("readings", readings.filled if readings else None, SheetRule, "sheet"),
        ("customer_class", uses.customer_class, ClassRule, "class"),
        ("electricity_price", uses.electricity_price, TableRule, "table"),
        ("water_price", uses.water_price, TableRule, "table"),
        ("application_papers", papers.rule if papers else None, ChecklistRule, "checklist"),
        ("collecting", uses.collecting.order if uses.collecting else None, TableRule, "table"),
        ("collecting", uses.collecting.charges if uses.collecting else None, TableRule, "table"),
        ("collecting", uses.collecting.forms if uses.collecting else None, TableRule, "table"),
        ("collecting", uses.collecting.kept_as if uses.collecting else None, TableRule, "table"),
        ("collecting", uses.collecting.dunning if uses.collecting else None, TableRule, "table"),
        ("billing", uses.billing.charge_class if uses.billing else None, ClassRule, "class"),
        ("suspending", uses.suspending.terms if uses.suspending else None, TableRule, "table"),
        ("suspending", uses.suspending.restoration if uses.suspending else None, Process, "process"),
        ("collecting", uses.collecting.late_fee if uses.collecting else None, SheetRule, "sheet"),
        ("reporting", uses.reporting.equipment if uses.reporting else None, SheetRule, "sheet"),
        ("reporting", uses.reporting.excess if uses.reporting else None, SheetRule, "sheet"),
    ):
        if name is not None and not isinstance(pack.rules.get(name), kind):
            raise _error(
                written,
                line,
                Words(f"没有 kind: {sort} 的规则“{name}”", f'there is no rule "{name}" of kind: {sort}'),
                Words("写出规则，或删去这一行", "write the rule, or leave this line out"),
            )
    if not pack.is_known_good:  # a revision of before names no owners, and was sound when it was kept
        _check_owners(pack)
    for line, name in (("electricity_price", uses.electricity_price), ("water_price", uses.water_price)):
        if name is not None and "category" not in getattr(pack.rules[name], "columns", {}):
            raise _error(
                written,
                line,
                Words(f"表“{name}”没有 category 列", f'the table "{name}" has no column category'),
                Words("写上这一列，或删去这一行", "add the column, or leave this line out"),
            )
    if readings is not None:
        for name, needed in (
            (readings.methods, {"method", "quality", "nem"}),
            (readings.reasons, {"reason"}),
            (readings.checks, {"check", "typed", "file", "case", "severity", "points"}),
        ):
            _must_have_columns(pack, written, "readings", name, needed)
    if uses.suspending is not None:
        terms = {"utility", "overdue_days", "demand_days", "notice_days", "restore_hours"}
        _must_have_columns(pack, written, "suspending", uses.suspending.terms, terms)
    groups = {rule.service for rule in pack.rules.values() if isinstance(rule, Process)}
    for key in uses.service_groups:
        if key not in groups:
            raise written.error(
                Words(f"没有一项业务属于“{key}”", f'no service is of the group "{key}"'),
                Words(
                    "写流程 service 中的一个，或删去这一行",
                    "name the service: of a process, or leave this out",
                ),
                loc=("uses", "service_groups", key),
            )
    if papers is not None and papers.applicant not in pack.rules[papers.rule].input:
        raise _error(
            written,
            "application_papers",
            Words(
                f"规则 {papers.rule} 没有输入“{papers.applicant}”",
                f'the rule {papers.rule} has no input "{papers.applicant}"',
            ),
            Words("写这条规则的一项输入", "name one of the inputs of that rule"),
        )
    listed = {
        paper for rule in pack.rules.values() if isinstance(rule, ChecklistRule) for paper in rule.papers
    }
    if uses.approval_form is not None and uses.approval_form not in listed:
        raise _error(
            written,
            "approval_form",
            Words(
                f"没有一份清单列出材料“{uses.approval_form}”",
                f'no checklist names the paper "{uses.approval_form}"',
            ),
            Words("写清单 papers 中的一个编号", "write the id of a paper under papers of a checklist"),
        )
    check_billing(pack, written)
    check_conduct(pack, written)
    check_permitting(pack, written)
    _check_inspecting(pack, written)
    collecting = uses.collecting
    for name in (*collecting.deposits, *collecting.by_rule) if collecting else ():
        if name not in pack.rules:
            raise _error(
                written,
                "collecting",
                Words(f"没有规则“{name}”", f'there is no rule "{name}"'),
                Words("写出规则，或删去这一项", "write the rule, or leave its name out"),
            )
    facts = {
        fact
        for rule in pack.rules.values()
        if isinstance(rule, Process)
        for version in rule.versions
        for fact in version.facts
    }
    for fact in uses.record.model_dump().values() if uses.record else ():
        if fact is not None and fact not in facts:
            raise _error(
                written,
                "record",
                Words(f"没有一个流程有事实“{fact}”", f'no process has a fact "{fact}"'),
                Words("写流程 facts 中的一个名称，或删去这一项", "name a fact of a process, or leave it out"),
            )
    stages = {
        stage
        for rule in pack.rules.values()
        if isinstance(rule, Process)
        for version in rule.versions
        for stage in version.stages
    }
    for stage in uses.opinions:
        if stage not in stages:
            raise _error(
                written,
                "opinions",
                Words(f"没有一个流程有环节“{stage}”", f'no process has a stage "{stage}"'),
                Words("写流程 stages 中的一个编号", "write the id of a stage of a process"),
            )


def _check_offices(pack: Pack, written: YamlNode) -> None:
    """Whose tasks are another's too is an office, and the clause that says so stands with it."""
    offices = pack.head.uses.offices
    for name, one in offices.items():
        if one.tasks_of is not None and (one.tasks_of not in offices or one.cite is None):
            raise _error(
                written,
                "offices",
                Words(f"“{name}”的 tasks_of 写得不对", f'tasks_of of "{name}" is not right'),
                Words("写 offices 中的一个编号，并写 cite", "name one of the offices, with its cite"),
            )


def _check_inspecting(pack: Pack, written: YamlNode) -> None:
    uses = pack.head.uses
    inspecting, coordinating = uses.inspecting, uses.coordinating
    planning, review, suspending = uses.grid_planning, uses.rule_review, uses.suspending
    summoning = inspecting.summoning if inspecting else None
    _check_offices(pack, written)
    if summoning is not None and summoning.read_as not in pack.interpretations:
        raise _error(
            written,
            "inspecting",
            Words(f"没有解读“{summoning.read_as}”", f'there is no interpretation "{summoning.read_as}"'),
            Words("写 interpretations.yaml 中的一个编号", "name one of the interpretations"),
        )
    summons = (summoning.office,) if summoning else ()
    for office in (*inspecting.by, inspecting.group, *summons) if inspecting else ():
        if office not in pack.head.uses.offices:
            raise _error(
                written,
                "inspecting",
                Words(f"uses: offices: 中没有“{office}”", f'there is no "{office}" under uses: offices:'),
                Words("写 offices 中的一个编号", "name one of the offices"),
            )
    cited = {
        "inspecting": (
            *inspecting.by.values(), inspecting.types_by, inspecting.stressed_by, inspecting.pressed_by,
            *((summoning.clause,) if summoning else ()),
        ) if inspecting else (),
        "both_days": (*uses.both_days, *uses.both_days.values()),
        "offices": [one.cite for one in uses.offices.values() if one.cite is not None],
        "coordinating": (coordinating.meetings, coordinating.difficulties) if coordinating else (),
        "grid_planning": (planning.investment, planning.development) if planning else (),
        "rule_review": (review.task, review.standard, review.due) if review else (),
        "suspending": (suspending.cite, suspending.arrears, suspending.homes) if suspending else (),
    }  # fmt: skip
    for line, clauses in cited.items():
        for clause in clauses:
            if clause not in pack.clauses:
                raise _error(
                    written,
                    line,
                    Words(f"没有条款“{clause}”", f'there is no clause "{clause}"'),
                    Words("写 clauses.yaml 中的一条", "name one of the clauses"),
                )


def _must_have_columns(pack: Pack, written: YamlNode, line: str, name: str, needed: set[str]) -> None:
    if lacking := needed - set(getattr(pack.rules[name], "columns", {})):
        raise _error(
            written,
            line,
            Words(f"表“{name}”没有列 {min(lacking)}", f'the table "{name}" has no column {min(lacking)}'),
            Words("写上这一列", "add the column"),
        )


def _check_owners(pack: Pack) -> None:
    known = {*OWNERS, *pack.head.uses.names}
    for name, rule in pack.rules.items():
        for at, version in enumerate(rule.versions if isinstance(rule, LimitsRule) else ()):
            for row, limit in enumerate(version.limits):
                if limit.owner is not None and limit.owner not in known:
                    raise pack.sources[name].error(
                        Words(f"不知道“{limit.owner}”是谁", f'nobody knows who "{limit.owner}" is'),
                        Words(
                            f"写 {'、'.join(OWNERS)} 之一，或在 pack.yaml 的 uses: names: 中命名",
                            f"write one of {', '.join(OWNERS)}, or name it in pack.yaml under uses: names:",
                        ),
                        loc=("versions", at, "limits", row, "owner"),
                    )


def _error(written: YamlNode, line: str, problem: Words, remedy: Words) -> PackError:
    return written.error(problem, remedy, loc=("uses", line))
