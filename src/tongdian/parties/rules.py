"""Roles, and which of them may do what: the one place that says so."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class Role(models.TextChoices):
    """What somebody does in an organisation and all below it."""

    ADMINISTRATOR = "administrator", _("Administrator")
    OFFICER = "officer", _("Officer")
    CLERK = "clerk", _("Clerk")
    TECHNICIAN = "technician", _("Technician")
    SUPERVISOR = "supervisor", _("Supervisor")
    AUDITOR = "auditor", _("Auditor")


class CustomerKind(models.TextChoices):
    """Whom an organisation supplies."""

    PERSON = "person", pgettext_lazy("customer", "Person")
    FIRM = "firm", _("Firm or institution")


class Document(models.TextChoices):
    """What somebody shows who they are by."""

    ID_CARD = "id_card", _("Resident identity card")
    RESIDENCE_PERMIT = "residence_permit", _("Residence permit (Hong Kong, Macao, Taiwan)")
    PERMANENT_RESIDENT = "permanent_resident", _("Foreign permanent resident card")
    PASSPORT = "passport", _("Passport")
    MAINLAND_TRAVEL_PERMIT = "mainland_travel_permit", _("Mainland travel permit")
    CREDIT_CODE = "credit_code", _("Unified social credit code")
    OTHER = "other", _("Other document")


ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
OVERSEERS = ADMINISTRATOR | {Role.AUDITOR}
OFFICERS = ADMINISTRATOR | {Role.OFFICER}
CLERKS = OFFICERS | {Role.CLERK}
WORKERS = CLERKS | {Role.TECHNICIAN}
STAFF = WORKERS | {Role.AUDITOR, Role.SUPERVISOR}

PERMISSIONS: dict[str, frozenset[Role]] = {
    "audit_log.read": OVERSEERS,
    "audit_log.verify": OVERSEERS,
    "audit_log.make_checkpoint": OVERSEERS,
    "audit_log.erase_payload": ADMINISTRATOR,
    "rulebook.read": STAFF,
    "rulebook.choose_interpretation": ADMINISTRATOR,
    "rulebook.edit_calendar": ADMINISTRATOR,
    "rulebook.attach_official_text": ADMINISTRATOR,
    "parties.read": STAFF,
    "parties.edit_organisation": ADMINISTRATOR,
    "parties.edit_people": ADMINISTRATOR,
    "parties.appoint_stand_in": OFFICERS,
    "parties.read_customer": STAFF,
    "parties.read_customer_names": WORKERS,
    "parties.read_customer_numbers": CLERKS,
    "parties.edit_customer": CLERKS,
    "parties.erase_customer": ADMINISTRATOR,
    "parties.publish_privacy_notice": ADMINISTRATOR,
    "notices.read": STAFF,
    "notices.edit_channels": ADMINISTRATOR,
    "notices.send": CLERKS,
    "network.read": STAFF,
    "network.edit": WORKERS,
    "agreements.read": STAFF,
    "agreements.sign": CLERKS,
    "agreements.end": OFFICERS,
    "agreements.import": OFFICERS,
    "runs.calculate": OFFICERS | {Role.SUPERVISOR, Role.AUDITOR},
    "cases.read": STAFF,
    "cases.open": CLERKS,
    "cases.work": WORKERS,
    "cases.assign": OFFICERS,
    "cases.countersign": OFFICERS,
    "cases.migrate": OFFICERS,
    "cases.read_papers": STAFF - {Role.SUPERVISOR},
    "connections.answer_repairs": WORKERS,
    "connections.publish_fees": OFFICERS,
    "metering.read": STAFF,
    "metering.edit": WORKERS,
    "metering.read_meters": WORKERS,
    "accounts.read": STAFF,
    "accounts.collect": CLERKS,
    "accounts.reverse": OFFICERS,
    "accounts.assert": CLERKS,
    "accounts.close": OFFICERS,
    "billing.read": STAFF,
    "billing.run": CLERKS,
    "billing.release": OFFICERS,
    "billing.correct": OFFICERS,
    "billing.object": CLERKS,
    "billing.settle": CLERKS,
    "supply.read": STAFF,
    "supply.stop": WORKERS,
    "supply.approve": OFFICERS,
    "conduct.read": STAFF,
    "conduct.record": WORKERS,
    "conduct.educate": WORKERS,
    "conduct.decide": OFFICERS,
    "conduct.reward": OFFICERS,
    "supply.edit": OFFICERS,
    "supply.permit": OFFICERS,
    "supervision.read": STAFF,
    "supervision.file": CLERKS,
    "supervision.review": OFFICERS,
    "supervision.take_back": OFFICERS,
    "supervision.accept": OFFICERS,
    "supervision.find": CLERKS,
    "supervision.answer": CLERKS,
    "supervision.sign": OFFICERS,
    "supervision.inspect": CLERKS,
    "web.operate": ADMINISTRATOR,
    "api.make_token": STAFF,
    "api.edit_webhooks": ADMINISTRATOR,
}

# What concerns every organisation at once: a role in one of them does not reach so far.
FOR_THE_INSTALLATION = frozenset(
    {
        "audit_log.read",
        "audit_log.verify",
        "audit_log.make_checkpoint",
        "audit_log.erase_payload",
        "rulebook.choose_interpretation",
        "rulebook.edit_calendar",
        "rulebook.attach_official_text",
        "parties.publish_privacy_notice",
        "web.operate",
    }
)

# What an office answers for itself: who is above it looks on, and does it only where nobody of the office is here, as
# for one that sends its return by a template.
FOR_ONESELF = frozenset(
    {
        "supervision.file",
        "supervision.review",
        "supervision.accept",
        "supervision.find",
        "supervision.answer",
        "supervision.sign",
        "supervision.inspect",
    }
)

# What only an office's own people do, however few they are: who is above it returns what was filed, and does not take
# it back in its name.
OF_ITS_OWN_HANDS = frozenset({"supervision.take_back"})

# What those do who work on cases: a regulator or department above another authority looks on, and neither takes nor
# assigns what is that authority's to decide (附件1 gives its tasks office by office).
OF_WHO_WORKS = frozenset({"cases.open", "cases.work", "cases.assign", "cases.countersign", "cases.migrate"})

# What a role in a group of suppliers counts for in those suppliers: they work, it looks on (通知/2(4)).
OF_A_GROUP = frozenset({"supervision.read"})

# What an office that fills a role of the processes does for the campus or supplier right above it:
# the customers, places and cases are the campus's, and the office is there to work on them.
FOR_THE_HOUSE = frozenset(
    {
        "parties.read_customer",
        "parties.read_customer_names",
        "parties.read_customer_numbers",
        "parties.edit_customer",
        "notices.send",
        "network.read",
        "network.edit",
        "agreements.read",
        "agreements.sign",
        "agreements.end",
        "cases.read",
        "cases.open",
        "cases.countersign",
        "cases.read_papers",
        "connections.answer_repairs",
        "metering.read",
        "metering.edit",
        "metering.read_meters",
        "accounts.read",
        "accounts.collect",
        "accounts.reverse",
        "accounts.assert",
        "accounts.close",
        "billing.read",
        "billing.run",
        "billing.release",
        "billing.correct",
        "billing.object",
        "billing.settle",
        "supply.read",
        "supply.stop",
        "supply.approve",
        "conduct.read",
        "conduct.record",
        "conduct.educate",
        "conduct.decide",
        "conduct.reward",
        "supply.edit",
        "supply.permit",
    }
)


# Of that, what the office also does for the units of that campus: it reads their records, and enters what it held for
# them (5). Recording acts and appealing against them is each unit's own.
FOR_ITS_UNITS = frozenset({"conduct.read", "conduct.educate"})


class CustomerOfOthers(Refusal):
    """The customer is another organisation's."""

    says = Words(
        "用户“{customer}”不是{organisation}的用户；请先在本单位登记。",
        'The customer "{customer}" is not one of {organisation}; enter them there first.',
    )
    field = "customer"
