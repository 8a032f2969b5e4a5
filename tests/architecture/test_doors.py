"""The API does what the pages do: what one door reaches, the other does, but for a few with a reason."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src/tongdian"

BY_CASE = "an effect of a case's stage: the stage is closed by both doors"
INSIDE = "part of another action, which has both doors"
SIGNING = "a signature needs the person: drawn or confirmed on the page, with what was shown"
AT_THE_DESK = "an administrator's hand, on the page with a second look; programs have nothing to do with it"
OVER_FILES = "calculating over files: a program has the command line, and no office's mapping to keep"
PERSONAL = "about a person's data at their request, which a person handles"
BATCH = "programs tell payments in hundreds; a person brings a file of the bank"
BANK_FILE = "a person brings what a bank gives out; a program tells each payment by its number (`key`)"
INSPECTING = "an inspection is made by people, on site; a program has no part in it"
NOT_BY_BOTH = {
    **dict.fromkeys(
        ("share_view", "rename_office_view", "drop_office_view"),
        "how people look at a page's figures: a program lays out its own",
    ),
    **dict.fromkeys(
        (
            "open_finding",
            "confirm_finding",
            "order_rectification",
            "extend_rectification",
            "send_rectification_back",
            "verify_rectification",
            "accept_explanation",
            "withdraw_finding",
            "explain_finding",
            "report_rectified",
            "send_reminder",
            "answer_reminder",
            "draft_talk",
            "sign_talk",
            "drop_talk",
            "record_talk",
            "draft_circular",
            "sign_circular",
            "drop_circular",
            "publish_circular",
        ),
        "what one office holds against another is said and answered by people with their names",
    ),
    **dict.fromkeys(
        ("type_supplier", "plan_inspections", "begin_inspection", "draw_cases", "record_on_site"), INSPECTING
    ),
    "open_contact": "who reported is shown to a person who decides the reward, and to no program",
    "record_act": "seen and photographed by a person on site; a program has seen nothing",
    **dict.fromkeys(
        (
            "appeal_act",
            "take_act_back",
            "end_publication",
            "find_report_true",
            "dismiss_report",
            "reward_report",
        ),
        "what a second person decides about somebody's act or report, with their name",
    ),
    **dict.fromkeys(("follow_up", "end_now", "next_version"), INSIDE),
    **dict.fromkeys(
        ("enter_meeting", "enter_difficulty", "resolve_difficulty"),
        "what an officer says of an office's work, with their name",
    ),
    **dict.fromkeys(
        ("take_bundle", "take_bundles", "take_sample", "trust_sender", "witness_log"),
        "an operator takes in what another installation sent, by the command line",
    ),
    **dict.fromkeys(
        ("subscribe_overview", "unsubscribe_overview"),
        "what a person wants to be sent by e-mail: a program asks for it itself",
    ),
    **dict.fromkeys(
        ("subscribe_calendar", "withdraw_calendar"),
        "an address for a person's own telephone: a program reads the hours with its own token",
    ),
    "bring_bank_file": BANK_FILE,
    "take_payments": BATCH,
    **dict.fromkeys(
        ("change_by_case", "end_by_case", "reopen_by_case", "transfer_by_case", "take_back"), BY_CASE
    ),
    **dict.fromkeys(("take_deposit", "refund_deposit"), BY_CASE),
    **dict.fromkeys(("opened", "stopped", "stopped_again", "ended"), BY_CASE),
    **dict.fromkeys(("promise_capacity", "issue_paper", "take_issued_back"), BY_CASE),
    **dict.fromkeys(
        ("erase_content", "erase_what_was_said", "record_consent", "claim_opening_balance"), INSIDE
    ),
    **dict.fromkeys(
        (
            "post",
            "post_all",
            "hold",
            "post_hold",
            "void_hold",
            "open_account",
            "owe",
            "set_off",
            "leave_alone",
            "look_at",
        ),
        INSIDE,
    ),
    **dict.fromkeys(("draw_up", "draw_up_for", "sign_texts"), SIGNING),
    **dict.fromkeys(
        ("erase_customer", "erase_payload", "withdraw_consent", "publish_notice", "forget_reporter"), PERSONAL
    ),
    **dict.fromkeys(("close_account", "reset_password", "attach_official_text"), AT_THE_DESK),
    **dict.fromkeys(("set_up_channel", "try_channel", "send_again", "tell_again"), AT_THE_DESK),
    "object_to_own_bill": "the customer's own page; staff enter one by POST /bills/{id}/object",
    "read_own_meter": "the customer's own page; staff enter one by POST /meters/{id}/read",
    "seen_by_customer": INSIDE,
    **dict.fromkeys(("charge_answer", "charge_due", "close_what_is_paid"), INSIDE),
    "bill_case_now": "the case's page; a program begins the run of its office by POST /billing-runs",
    "charge_case": "the case's page; a program closes the stage, which charges and takes it in one",
    "post_bills": INSIDE,
    "hand_in_paper": "the applicant's own page; a program hands a paper in by POST /cases/{number}/papers",
    **dict.fromkeys(("bring", "keep_taking"), OVER_FILES),
    "keep_download": "that somebody took the uploaded file along, which only the page gives",
    "import_events": "a history is brought in at the machine, by the command line",
    "install_pack": "a pack is installed with the program, never by a request",
    "take_lot": INSIDE,
    "open_case": "the ground of take_application, which asks what both doors ask",
    "keep_answer": "answers are kept for programs; on the page the address itself is the answer",
}


def actions() -> set[str]:
    """The names of everything that somebody (`viewer` or `by`) does."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        area, *rooms = path.relative_to(PACKAGE).parts
        if area in ("demo", "config", "cli") or not rooms or rooms[0] not in ("actions", "actions.py"):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                if {"viewer", "by"} & {one.arg for one in node.args.kwonlyargs}:
                    found.add(node.name)
            elif (
                isinstance(node, ast.Assign)
                and getattr(getattr(node.value, "func", None), "id", "") == "removal"
            ):
                found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return found


def named_in(*paths: Path) -> set[str]:
    """Every name that is used in these modules."""
    found: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    found.add(name)
                case ast.alias(name=name):
                    found.add(name.rpartition(".")[2])
    return found


def test_every_action_is_reached_by_page_and_api_or_has_a_reason() -> None:
    registers = [*PACKAGE.glob("*/registers.py")]
    verbs = PACKAGE / "cases/actions/__init__.py"  # BY_VERB: the page calls every step through it
    pages = named_in(*registers, verbs, *(path for path in PACKAGE.rglob("*.py") if "pages" in path.parts))
    pages |= named_in(*PACKAGE.glob("*/pages.py"))
    programs = named_in(*registers, *(PACKAGE / "api/v1").glob("*.py"))
    missing = {name for name in actions() if name not in pages or name not in programs}
    assert {
        "found": sorted(missing - NOT_BY_BOTH.keys()),
        "needless": sorted(NOT_BY_BOTH.keys() - missing),
    } == {"found": [], "needless": []}
