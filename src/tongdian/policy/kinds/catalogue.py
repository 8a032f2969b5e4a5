"""The kernel's own kinds of rule, and the module that each stands in."""

CATALOGUE = {
    "bands": "tongdian.policy.kinds.bands",
    "check": "tongdian.policy.kinds.check",
    "checklist": "tongdian.policy.kinds.checklist",
    "class": "tongdian.policy.kinds.rows",
    "filing": "tongdian.policy.kinds.filing",
    "indicator": "tongdian.policy.kinds.indicator",
    "ladder": "tongdian.policy.kinds.ladder",
    "limits": "tongdian.policy.kinds.rows",
    "measure": "tongdian.policy.kinds.measure",
    "process": "tongdian.policy.process.rule",
    "sheet": "tongdian.policy.kinds.sheet",
    "signal": "tongdian.policy.kinds.signal",
    "table": "tongdian.policy.kinds.table",
    "timetable": "tongdian.policy.kinds.timetable",
    "value": "tongdian.policy.kinds.value",
}
