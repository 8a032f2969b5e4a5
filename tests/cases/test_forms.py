"""What a step's form refuses before the engine is asked."""

from tongdian.cases.forms import OfferForm
from tongdian.cases.offers import Offer
from tongdian.policy.process.verbs import SUSPEND


def evidence_of(text):
    form = OfferForm({"evidence": text, "seen": "1"}, offer=Offer(verb=SUSPEND, title=SUSPEND.title))
    form.is_valid()
    return form.cleaned_data.get("evidence"), "evidence" in form.errors


def test_evidence_is_taken_line_by_line():
    assert evidence_of("收据 0042\n\n 表号 1001 ") == (["收据 0042", "表号 1001"], False)


def test_a_line_that_poses_as_a_kept_file_is_refused():
    assert evidence_of(f"收据 0042\nfile:{'a' * 64}:合同.pdf") == (None, True)
