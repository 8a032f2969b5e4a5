"""Article 48: finance and works offices approve a payment only against the certificate that serves it."""

import re

import pytest
from django.urls import reverse

from tests.accounts.test_deposits import SAID, campus, to_issue
from tests.cases.test_engine import close
from tests.network.conftest import make_organisation

__all__ = ["campus"]

pytestmark = pytest.mark.django_db

ASKED = {"contract": "2026-017", "payment": "第1期进度款"}


@pytest.fixture
def finance(campus, viewer):
    """The finance office reads for the whole campus and takes no money."""
    return viewer("auditor", "lu", at=campus.campus)


@pytest.fixture
def ask(client, finance):
    """What the page says to the finance office."""

    def asked(**given) -> str:
        client.force_login(finance)
        page = client.get(reverse("certificates"), given)
        assert page.status_code == 200
        return re.sub(r"<[^>]+>", " ", re.search(r"<main.*</main>", page.content.decode(), re.DOTALL)[0])

    return asked


def test_48_the_finance_office_asks_by_contract_and_payment_and_gets_the_certificate(campus, ask, client):
    case = to_issue(campus)
    close(case, campus.officer, "issue", "2026-03-05", given=SAID)
    said = ask(contract=" 2026-017 ", payment="第1期进度款")
    assert "证明已开具" in said
    assert "2026-01-01 – 2026-03-02" in said
    assert "2026-03-05" in said
    printed = client.get(reverse("case-printed", args=[case.number, "certificate"]))
    assert printed.content.startswith(b"%PDF")


def test_48_without_a_certificate_the_payment_may_not_be_approved(campus, ask):
    """Both offices have signed, nothing is issued yet: no."""
    case = to_issue(campus)
    assert "不得审批支付" in ask(**ASKED)
    close(case, campus.officer, "issue", "2026-03-05", given=SAID)
    assert "不得审批支付" not in ask(**ASKED)


def test_48_a_certificate_of_one_payment_serves_no_other_and_a_part_of_a_name_is_not_the_name(campus, ask):
    close(to_issue(campus), campus.officer, "issue", "2026-03-05", given=SAID)
    for other in ({"payment": "第2期进度款"}, {"payment": "第1期"}, {"contract": "2026-01"}):
        said = ask(**(ASKED | other))
        assert "不得审批支付" in said, other
        assert "证明已开具" not in said, other
    # which payments of the contract are served is told, so that a slip of the keys is seen
    assert "该合同已为下列付款开具证明" in ask(**(ASKED | {"payment": "第2期进度款"}))


def test_48_half_a_question_is_not_answered(campus, ask):
    said = ask(contract="2026-017")
    assert "请同时填写合同和付款" in said
    assert "不得审批支付" not in said


def test_48_an_office_of_elsewhere_learns_nothing(campus, viewer, client):
    close(to_issue(campus), campus.officer, "issue", "2026-03-05", given=SAID)
    client.force_login(viewer("auditor", "sun", at=make_organisation("XX", "他处")))
    said = client.get(reverse("certificates"), ASKED).content.decode()
    assert "证明已开具" not in said
    assert "不得审批支付" in said


def test_48_the_question_stands_on_the_home_page_of_who_reads_papers_and_works_on_no_case(
    campus, finance, viewer, client
):
    """Once anybody asked for a certificate: not of a fitter, nor of who issues them."""
    fitter = viewer("technician", "wei", at=campus.campus)

    def stands_for(person) -> bool:
        client.force_login(person)
        return f'action="{reverse("certificates")}"' in client.get(reverse("home")).content.decode()

    assert not stands_for(finance)
    to_issue(campus)
    assert [stands_for(one) for one in (finance, fitter, campus.clerk)] == [True, False, False]
