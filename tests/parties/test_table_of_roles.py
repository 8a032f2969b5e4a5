"""Who may do what, as the table stands in ARCHITECTURE's words: written out, not taken from the program."""

from __future__ import annotations

from tongdian.parties.rules import (
    FOR_ONESELF,
    FOR_THE_HOUSE,
    FOR_THE_INSTALLATION,
    OF_A_GROUP,
    OF_ITS_OWN_HANDS,
    OF_WHO_WORKS,
    PERMISSIONS,
)

EVERYBODY = "administrator officer clerk technician supervisor auditor"
TABLE = f"""
audit_log.read                     administrator auditor
audit_log.verify                   administrator auditor
audit_log.make_checkpoint          administrator auditor
audit_log.erase_payload            administrator
rulebook.read                      {EVERYBODY}
rulebook.choose_interpretation     administrator
rulebook.edit_calendar             administrator
rulebook.attach_official_text      administrator
parties.read                       {EVERYBODY}
parties.edit_organisation          administrator
parties.edit_people                administrator
parties.appoint_stand_in           administrator officer
parties.read_customer              {EVERYBODY}
parties.read_customer_names        administrator officer clerk technician
parties.read_customer_numbers      administrator officer clerk
parties.edit_customer              administrator officer clerk
parties.erase_customer             administrator
parties.publish_privacy_notice     administrator
notices.read                       {EVERYBODY}
notices.edit_channels              administrator
notices.send                       administrator officer clerk
network.read                       {EVERYBODY}
network.edit                       administrator officer clerk technician
agreements.read                    {EVERYBODY}
agreements.sign                    administrator officer clerk
agreements.end                     administrator officer
agreements.import                  administrator officer
cases.read                         {EVERYBODY}
cases.open                         administrator officer clerk
cases.work                         administrator officer clerk technician
cases.assign                       administrator officer
cases.countersign                  administrator officer
cases.migrate                      administrator officer
cases.read_papers                  administrator officer clerk technician auditor
connections.answer_repairs         administrator officer clerk technician
connections.publish_fees           administrator officer
runs.calculate                     administrator officer supervisor auditor
metering.read                      {EVERYBODY}
metering.edit                      administrator officer clerk technician
metering.read_meters               administrator officer clerk technician
accounts.read                      {EVERYBODY}
accounts.collect                   administrator officer clerk
accounts.reverse                   administrator officer
accounts.assert                    administrator officer clerk
accounts.close                     administrator officer
billing.read                       {EVERYBODY}
billing.run                        administrator officer clerk
billing.release                    administrator officer
billing.correct                    administrator officer
billing.object                     administrator officer clerk
billing.settle                     administrator officer clerk
supply.read                        {EVERYBODY}
supply.stop                        administrator officer clerk technician
supply.approve                     administrator officer
supply.edit                        administrator officer
supply.permit                      administrator officer
conduct.read                       {EVERYBODY}
conduct.record                     administrator officer clerk technician
conduct.educate                    administrator officer clerk technician
conduct.decide                     administrator officer
conduct.reward                     administrator officer
supervision.read                   {EVERYBODY}
supervision.file                   administrator officer clerk
supervision.review                 administrator officer
supervision.take_back              administrator officer
supervision.accept                 administrator officer
supervision.find                   administrator officer clerk
supervision.answer                 administrator officer clerk
supervision.sign                   administrator officer
supervision.inspect                administrator officer clerk
web.operate                        administrator
api.make_token                     {EVERYBODY}
api.edit_webhooks                  administrator
"""


def table() -> dict[str, set[str]]:
    return {line.split()[0]: set(line.split()[1:]) for line in TABLE.strip().splitlines()}


def test_each_role_may_do_what_the_table_says_and_no_more():
    assert {permission: {str(role) for role in roles} for permission, roles in PERMISSIONS.items()} == table()


def test_a_supervisor_sees_cases_and_customers_and_no_paper_name_or_number():
    may = {permission for permission, roles in table().items() if "supervisor" in roles}
    assert {"cases.read", "parties.read_customer"} <= may
    assert not may & {"cases.read_papers", "parties.read_customer_names", "parties.read_customer_numbers"}


def test_an_office_does_for_its_house_what_stands_here_and_nothing_for_the_whole_installation():
    assert {
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
        "supply.edit",
        "supply.permit",
        "conduct.read",
        "conduct.record",
        "conduct.educate",
        "conduct.decide",
        "conduct.reward",
    } == FOR_THE_HOUSE
    assert {
        "audit_log.read",
        "audit_log.verify",
        "audit_log.make_checkpoint",
        "audit_log.erase_payload",
        "rulebook.choose_interpretation",
        "rulebook.edit_calendar",
        "rulebook.attach_official_text",
        "parties.publish_privacy_notice",
        "web.operate",
    } == FOR_THE_INSTALLATION


def test_what_a_supplier_answers_for_itself_its_group_does_not():
    assert {
        "supervision.file", "supervision.review", "supervision.accept", "supervision.find", "supervision.answer",
        "supervision.sign", "supervision.inspect",
    } == FOR_ONESELF  # fmt: skip
    assert {"supervision.read"} == OF_A_GROUP
    assert {"supervision.take_back"} == OF_ITS_OWN_HANDS


def test_who_works_on_cases_does_so_in_their_own_authority():
    assert {
        "cases.open", "cases.work", "cases.assign", "cases.countersign", "cases.migrate",
    } == OF_WHO_WORKS  # fmt: skip
