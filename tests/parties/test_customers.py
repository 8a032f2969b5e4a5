"""Customers: entered once, found, masked, read on the record, erased."""

import datetime as dt
import hashlib
from dataclasses import replace

import pytest
from stdnum.cn import ric
from tests.consent import ON_PAPER

from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.notices.models import Notice
from tongdian.parties import guards, queries
from tongdian.parties.actions import customers as actions
from tongdian.parties.actions.organisations import NameMissing
from tongdian.parties.actions.privacy import (
    ConsentMissing,
    IdentityConsentMissing,
    PaperConsentMissing,
    withdraw_consent,
)
from tongdian.parties.models import Account, Customer, NumberSeries
from tongdian.parties.names import sort_key
from tongdian.parties.numbers import NotACreditCode, NotAnIdentityNumber
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import ChangedMeanwhile
from tongdian.rulebook.rules import ReasonMissing

pytestmark = pytest.mark.django_db
IDENTITY = "360426199101010071"  # the example of GB 11643 in python-stdnum
CODE = "91110000600037341L"


@pytest.fixture
def clerk(country, viewer):
    return viewer("clerk", "clerk", at=country.campus)


@pytest.fixture
def wang(country, clerk, at):
    return actions.enter_customer(
        viewer=clerk,
        organisation=country.campus,
        name="王小明",
        identity=IDENTITY,
        consented=ON_PAPER,
        phone="138 1234 5678",
        address="雁山校区 3 号门面",
        email="w@example.org",
        at=at,
    )


def test_each_organisation_numbers_its_customers_itself(country, admin, wang, at):
    firm = actions.enter_customer(
        viewer=admin, organisation=country.campus, kind="firm", name="校园超市", identity=CODE, at=at
    )
    other = actions.enter_customer(viewer=admin, organisation=country.guilin, name="李", at=at)
    assert [one.number for one in (wang, firm, other)] == ["SD-000001", "SD-000002", "GLD-000001"]


def test_no_number_of_a_person_is_readable_in_the_database(wang):
    row = Customer.objects.filter(id=wang.id).values().get()
    kept = repr({key: bytes(value) if isinstance(value, memoryview) else value for key, value in row.items()})
    assert IDENTITY not in kept
    assert "13812345678" not in kept
    assert "19910101" not in kept


def test_the_same_person_is_entered_once_in_an_organisation(country, clerk, admin, wang, at):
    with pytest.raises(actions.EnteredAlready, match="SD-000001"):
        actions.enter_customer(
            viewer=clerk,
            organisation=country.campus,
            name="王晓明",
            identity=IDENTITY,
            consented=ON_PAPER,
            at=at,
        )
    elsewhere = actions.enter_customer(
        viewer=admin, organisation=country.guilin, name="王小明", identity=IDENTITY, consented=ON_PAPER, at=at
    )
    assert elsewhere.number == "GLD-000001"
    second = actions.enter_customer(viewer=clerk, organisation=country.campus, name="无证", at=at)
    with pytest.raises(actions.EnteredAlready):
        actions.change_customer(
            viewer=clerk, customer=second, name="无证", identity=IDENTITY, consented=ON_PAPER, at=at
        )


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"identity": IDENTITY[:-1] + "2"}, NotAnIdentityNumber),
        ({"kind": "firm", "identity": IDENTITY}, NotACreditCode),
        ({"name": " "}, NameMissing),
    ],
)
def test_what_is_wrong_is_refused_and_takes_no_number(country, clerk, at, given, refusal):
    with pytest.raises(refusal):
        actions.enter_customer(viewer=clerk, organisation=country.campus, at=at, **{"name": "王", **given})
    assert not NumberSeries.objects.filter(organisation=country.campus).exists()


@pytest.mark.parametrize(
    "text",
    [
        *("王小明", "小明", "王", "SD-000001", "sd-000001", "000001", "01", IDENTITY, "138 1234 5678"),
        *("5678", "wangxiaoming", "wang xiaoming", "WangXM", "wxm"),  # the end of the telephone, the sound
    ],
)
def test_a_customer_is_found_by_name_number_identity_or_phone(wang, clerk, text):
    assert [one.number for one in queries.customers(clerk, text=text)] == ["SD-000001"]


@pytest.mark.parametrize(
    "text",
    ["李", "小红", "000002", "4503", "1381234", "13812345679", "明", "1234", "678", "lixiaohong", "lxh"],
)
def test_half_a_secret_number_finds_nobody(wang, clerk, text):
    assert list(queries.customers(clerk, text=text)) == []


def test_who_works_with_customers_reads_names_and_a_supervisor_does_not(country, wang, viewer):
    said = {
        role: queries.shown(viewer(role, at=country.campus), wang)
        for role in ("technician", "clerk", "auditor", "supervisor")
    }
    assert {role: one.name for role, one in said.items()} == {
        "technician": "王小明",
        "clerk": "王小明",
        "auditor": "王**",
        "supervisor": "王**",
    }
    assert {one.identity for one in said.values()} == {"3604**********0071"}
    assert {one.phone for one in said.values()} == {"138****5678"}


def test_a_firms_name_and_code_are_public(country, admin, viewer, at):
    firm = actions.enter_customer(
        viewer=admin, organisation=country.campus, kind="firm", name="校园超市", identity=CODE, at=at
    )
    shown = queries.shown(viewer("supervisor", at=country.campus), firm)
    assert (shown.name, shown.identity) == ("校园超市", CODE)


def test_reading_full_numbers_is_on_the_record(country, clerk, wang, viewer, at):
    with pytest.raises(NotAllowed):
        actions.read_numbers(viewer=viewer("technician", at=country.campus), customer=wang, at=at)
    assert actions.read_numbers(viewer=clerk, customer=wang, at=at) == (IDENTITY, "13812345678")
    entry = Entry.objects.latest("id")
    assert (entry.actor, entry.action, entry.subject) == (
        "account:clerk",
        "read-customer-numbers",
        "customer:SD-000001",
    )


def test_the_log_never_holds_the_person(clerk, wang, at):
    actions.change_customer(
        viewer=clerk, customer=wang, name="王大明", phone="13900001111", reason="录入有误", at=at
    )
    said = " ".join(str(entry.payload.content) + entry.subject for entry in Entry.objects.all())
    assert "changed" in said
    for secret in (IDENTITY, "王小明", "王大明", "13812345678", "13900001111"):
        assert secret not in said


def test_a_change_keeps_what_it_does_not_name(clerk, wang, at):
    changed = actions.change_customer(
        viewer=clerk, customer=wang, name="王大明", email="", address="", reason="录入有误", at=at
    )
    assert actions.read_numbers(viewer=clerk, customer=changed, at=at).identity == IDENTITY
    entry = Entry.objects.filter(action="change-customer").get()
    assert entry.payload.content == {"changed": ["name", "email", "address"], "reason": "录入有误"}
    assert [one.id for one in queries.customers(clerk, text="大明")] == [wang.id]
    assert list(queries.customers(clerk, text="小明")) == []


def test_erasing_leaves_the_number_and_nothing_of_the_person(country, clerk, admin, wang, at):
    account = Account.objects.create(username="wang", name="王小明", phone="13812345678")
    Customer.objects.filter(id=wang.id).update(account=account)
    with pytest.raises(NotAllowed):
        actions.erase_customer(viewer=clerk, customer=wang, reason="本人申请", at=at)
    with pytest.raises(ReasonMissing):
        actions.erase_customer(viewer=admin, customer=wang, reason="", at=at)
    actions.erase_customer(viewer=admin, customer=wang, reason="本人申请", at=at)
    row = Customer.objects.get(number="SD-000001")
    left = {field: getattr(row, field) for field in ("name", "name_key", "address", "email")}
    assert left == {"name": "（已删除）", "name_key": "", "address": "", "email": ""}
    assert not any(
        map(bytes, (row.identity, row.phone, row.identity_lookup, row.phone_lookup, row.phone_tail))
    )
    assert row.erased_on == dt.date(2026, 3, 2)
    account.refresh_from_db()
    assert (account.name, account.phone, account.is_active) == ("", "", False)
    said = Entry.objects.get(action="erase-customer").payload.content
    assert set(said["erased"]) == {"parties_account", "parties_customer"}
    assert {"name", "identity", "phone", "address"} <= set(said["erased"]["parties_customer"])
    assert [list(queries.customers(admin, text=text)) for text in ("王小明", IDENTITY)] == [[], []]
    assert list(queries.customers(admin, text="SD-000001")) == [row]
    for deed in (actions.read_numbers, actions.erase_customer):
        more = {"reason": "再次"} if deed is actions.erase_customer else {}
        with pytest.raises(actions.IsErased):
            deed(viewer=admin, customer=row, at=at, **more)
    again = actions.enter_customer(
        viewer=clerk, organisation=country.campus, name="王小明", identity=IDENTITY, consented=ON_PAPER, at=at
    )
    assert again.number == "SD-000002"


def test_a_higher_area_may_refuse_an_erasure_and_then_nothing_is_gone(admin, wang, at, monkeypatch):
    class StillSupplied(Refusal):
        says = Words("仍在用电。", "Still supplied.")

    def refuse(customer):
        raise StillSupplied

    monkeypatch.setattr(guards, "_erasing", [])
    guards.before_erasing(refuse)
    with pytest.raises(StillSupplied):
        actions.erase_customer(viewer=admin, customer=wang, reason="本人申请", at=at)
    assert Customer.objects.get(id=wang.id).name == "王小明"


def test_a_clerk_enters_an_identity_number_with_the_persons_consent_on_paper(country, clerk, at):
    """个人信息保护法 29: a separate consent, whoever types the number; a firm's code is nobody's."""
    entering = {"viewer": clerk, "organisation": country.campus, "name": "王小明", "at": at}
    with pytest.raises(PaperConsentMissing, match="separate consent in writing"):
        actions.enter_customer(**entering, identity=IDENTITY)
    only_told = replace(ON_PAPER, identity=False)
    with pytest.raises(IdentityConsentMissing):
        actions.enter_customer(**entering, identity=IDENTITY, consented=only_told)
    with pytest.raises(ConsentMissing):
        actions.enter_customer(**entering, identity=IDENTITY, consented=replace(ON_PAPER, version=7))
    assert not Customer.objects.exists()
    actions.enter_customer(**entering | {"name": "某公司"}, kind="firm", identity=CODE)
    one = actions.enter_customer(**entering)
    with pytest.raises(PaperConsentMissing):
        actions.change_customer(viewer=clerk, customer=one, name="王小明", identity=IDENTITY, at=at)
    actions.change_customer(
        viewer=clerk, customer=one, name="王小明", identity=IDENTITY, consented=ON_PAPER, at=at
    )
    said = one.consents.get()
    assert (said.version, said.identity, said.door, said.by) == (1, True, "paper", clerk.actor)
    actions.change_customer(
        viewer=clerk, customer=one, name="王大明", identity=IDENTITY, reason="录入有误", at=at
    )


def test_another_name_needs_a_reason_and_is_told_where_the_customer_was_reached_before(clerk, wang, at):
    with pytest.raises(actions.RenamedWithoutReason):
        actions.change_customer(viewer=clerk, customer=wang, name="顶替新户主", at=at)
    assert not Notice.objects.exists()
    actions.change_customer(
        viewer=clerk, customer=wang, name="王大明", phone="13900001111", reason="身份证更名", at=at
    )
    said = Notice.objects.get(wording="customer-renamed").content.said
    assert said["phone"] == "13812345678"  # not the number that came with the new name
    assert "由“王小明”更正为“王大明”" in said["body"]
    assert "身份证更名" in said["body"]
    entry = Entry.objects.get(action="change-customer")
    assert entry.payload.content["reason"] == "身份证更名"


def test_who_withdrew_consent_is_one_list_until_erased(country, admin, clerk, wang, at):
    """15 and 47: withdrawn, their data are erased as soon as nothing needs them."""
    assert not queries.customers(clerk, withdrew=True)
    withdraw_consent(viewer=clerk, customer=wang, door="paper", at=at)
    assert list(queries.customers(clerk, withdrew=True)) == [wang]
    actions.erase_customer(viewer=admin, customer=wang, reason="撤回同意", at=at)
    assert not queries.customers(clerk, withdrew=True)


PASSPORT = {"document": "passport", "identity": "E12345678"}


def test_a_foreign_teacher_is_known_by_a_passport_and_entered_once(country, clerk, at):
    entering = {"viewer": clerk, "organisation": country.campus, "consented": ON_PAPER, "at": at}
    one = actions.enter_customer(**entering, name="Smith", document="passport", identity="e 1234 5678")
    assert (one.document, actions.read_numbers(viewer=clerk, customer=one, at=at).identity) == (
        "passport",
        "E12345678",
    )
    with pytest.raises(actions.EnteredAlready, match="SD-000001"):
        actions.enter_customer(**entering, name="Smyth", **PASSPORT)
    actions.enter_customer(**entering, name="李四", document="other", identity="E12345678")
    assert one in queries.customers(clerk, text="e12345678")
    with pytest.raises(Refusal, match="credit code"):
        actions.enter_customer(**entering, name="王", document="credit_code", identity=CODE)


def test_a_firm_is_known_by_its_code_and_an_impossible_birth_is_refused(country, clerk, at):
    firm = actions.enter_customer(
        viewer=clerk, organisation=country.campus, kind="firm", name="某公司", identity=CODE, at=at
    )
    assert firm.document == "credit_code"
    unborn = "45030520270101001"
    with pytest.raises(NotAnIdentityNumber):
        actions.enter_customer(
            viewer=clerk,
            organisation=country.campus,
            name="王",
            identity=unborn + ric.calc_check_digit(unborn + "0"),
            consented=ON_PAPER,
            at=at,
        )


def test_of_two_who_change_a_customer_the_second_is_told(clerk, wang, at):
    seen = actions.change_customer.fields.mark(wang)
    actions.change_customer(viewer=clerk, customer=wang, phone="0773-5846000转8012", seen=seen, at=at)
    with pytest.raises(ChangedMeanwhile):
        actions.change_customer(viewer=clerk, customer=wang, email="x@example.org", seen=seen, at=at)
    assert actions.addresses_of(Customer.objects.get(id=wang.id)).phone == ""  # a fixed line gets no message


def test_the_mark_of_a_state_tells_nobody_a_birthday(wang):
    """Name, masked number and everything else are known; a plain hash would let every day be tried."""
    fields = actions.change_customer.fields
    said = "\x1f".join(f"{one.name}={one.text(one.value_of(wang))}" for one in fields)
    assert fields.mark(wang) != hashlib.sha256(said.encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("单晓", "shan xiao"),
        ("曾国", "zeng guo"),
        ("解放", "xie fang"),
        ("尉迟恭", "yu chi gong"),
        ("仇英", "qiu ying"),
    ],
)
def test_a_surname_is_put_in_order_as_it_is_read(name, key):
    assert sort_key(name) == key
    assert sort_key("解放路小学", of_a_person=False) == "jie fang lu xiao xue"


@pytest.mark.parametrize("typed", ["买买提吐尔逊", "买买提•吐尔逊", "买买提.吐尔逊", "买买提・吐尔逊"])
def test_a_customer_is_found_whatever_the_dot_in_the_name(country, clerk, at, typed):
    one = actions.enter_customer(viewer=clerk, organisation=country.campus, name="买买提·吐尔逊", at=at)
    assert list(queries.customers(clerk, text=typed)) == [one]
