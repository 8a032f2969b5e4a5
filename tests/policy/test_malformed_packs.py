"""Packs that are wrong in one place: each is refused there, with a remedy, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policy.good_pack import GOOD, broken, line_of, write_pack
from tongdian.policy import PackError, load_pack

P, C, N, R, S = ("pack.yaml", "clauses.yaml", "interpretations.yaml", "rules.yaml", "sheets/bill.sheet")

# name: (file, what stands there, what is put in its place, words of the refusal, line offset)
BAD: dict[str, tuple[str, str, str, str, int]] = {
    "a key written twice": (P, "number:", "pack: good\nnumber:", "written twice", 0),
    "an unknown key": (P, "scope:", "scop:", 'did you mean "scope"', 0),
    "a missing key": (P, "languages: [zh, en]\n", "", '"languages" is missing', -99),
    "a tag": (P, "示例〔2026〕1号", "!!python/object:os.system 1", "tags", 0),
    "an anchor": (P, "示例〔2026〕1号", "&a 1", "anchors", 0),
    "an alias": (P, "示例〔2026〕1号", "*a", "not valid YAML", 0),
    "a merge key": (C, "kind: duty", "<<: {kind: duty}", "unknown key", 0),
    "broken YAML": (
        P,
        "title: {zh: 示例, en: Example}",
        "title: {zh: 示例, en: Example",
        "not valid YAML",
        1,
    ),
    "one language only": (P, "title: {zh: 示例, en: Example}", "title: {zh: 示例}", "both languages", 0),
    "a language left empty": (P, "en: Example}", 'en: ""}', "both languages", 0),
    "a language not known": (P, "languages: [zh, en]", "languages: [zh, fr]", "choose one of", 0),
    "a use of a rule that is not there": (
        P,
        "languages: [zh, en]",
        "languages: [zh, en]\nuses: {customer_class: customer-class}",
        'no rule "customer-class" of kind: class',
        1,
    ),
    "a use of a rule of another kind": (
        P,
        "languages: [zh, en]",
        "languages: [zh, en]\nuses: {water_price: deposit}",
        "of kind: table",
        1,
    ),
    "readings told by a rule of another kind": (
        P,
        "languages: [zh, en]",
        "languages: [zh, en]\nuses: {readings: {methods: deposit, reasons: deposit, estimates: deposit, "
        "validation: bill, checks: deposit}}",
        'no rule "deposit" of kind: table',
        1,
    ),
    "a name of a group in which there is no service": (
        P,
        "languages: [zh, en]",
        "languages: [zh, en]\nuses: {service_groups: {review: {zh: 许可, en: Permits}}}",
        'no service is of the group "review"',
        1,
    ),
    "a use of a paper that no list names": (
        P,
        "languages: [zh, en]",
        "languages: [zh, en]\nuses: {approval_form: nothing}",
        "no checklist names the paper",
        1,
    ),
    "a use of an input that is not there": (
        P,
        "languages: [zh, en]",
        "languages: [zh, en]\nuses: {application_papers: {rule: papers, applicant: nobody}}",
        "has no input",
        1,
    ),
    "a visit at a 25th hour": (
        P,
        "languages: [zh, en]",
        "languages: [zh, en]\nuses: {visits: {hours: [25]}}",
        "not right",
        1,
    ),
    "a date that is not one": (P, "from: 2020-01-01", "from: 2020-02-30", "not right", 0),
    "a date as yes": (P, "from: 2020-01-01", "from: yes", "a date is written like", 0),
    "an id with capitals": (P, "pack: good", "pack: Good", "an id is lower-case", 0),
    "another name than the folder's": (P, "pack: good", "pack: better", "make them the same", 0),
    "a period that runs backwards": (
        R,
        "{from: 2020-01-01, before: 2024-01-01}",
        "{from: 2020-01-01, before: 2019-01-01}",
        "before must be later",
        0,
    ),
    "a gap between versions": (R, "before: 2024-01-01", "before: 2023-12-31", "gap or overlap", 7),
    "an overlap of versions": (R, "before: 2024-01-01", "before: 2024-06-01", "gap or overlap", 7),
    "an open version that is followed": (R, ", before: 2024-01-01", "", "gap or overlap", 7),
    "bands out of order": (R, "below: 5000", "below: 900", "bands must rise", -3),
    "a last band with a bound": (
        R,
        "- {rate: 0.1, at_most: 900}\n  - in_force",
        "- {up_to: 9, rate: 0.1}\n  - in_force",
        "the last has neither",
        -99,
    ),
    "a middle band without a bound": (R, "{below: 5000, range", "{range", "every band but the last", -3),
    "a band with both bounds": (
        R,
        "{up_to: 1000, amount: 100}",
        "{up_to: 1000, below: 1000, amount: 100}",
        "not both",
        0,
    ),
    "a band with two results": (
        R,
        "{up_to: 1000, amount: 100}",
        "{up_to: 1000, amount: 100, rate: 0.1}",
        "exactly one of",
        0,
    ),
    "a band with none": (R, "{up_to: 1000, amount: 100}", "{up_to: 1000}", "exactly one of", 0),
    "a range upside down": (R, "range: [200, 400]", "range: [400, 200]", "smaller to the larger", 0),
    "a cap on a fixed amount": (
        R,
        "{up_to: 1000, amount: 100}",
        "{up_to: 1000, amount: 100, at_most: 50}",
        "belong to a rate",
        0,
    ),
    "a doubt about no input": (
        R,
        "  over: total\n",
        "  over: total\n  doubts: [{input: totl, below: 9, says: {zh: 少, en: little}}]\n",
        "no input",
        1,
    ),
    "bands over nothing": (R, "  over: total\n", "", "which input is banded", -99),
    "bands over an input that is not there": (R, "over: total", "over: totl", "no numeric input", -99),
    "a rate of another unit": (
        R,
        "  over: total\n  unit: yuan",
        "  over: total\n  unit: kWh",
        "different units",
        -99,
    ),
    "a number with a separator": (R, "max: 1000000}", 'max: "1,000,000"}', "without separators", 0),
    "a number with an exponent": (R, "max: 1000000}", "max: 1e6}", "without separators", 0),
    "a number that is NaN": (R, "value: 20", "value: NaN", "without separators", 0),
    "an input without range": (
        R,
        "load: {unit: kW, min: 0, max: 999}",
        "load: {unit: kW}",
        "needs min and max",
        0,
    ),
    "an input of two kinds": (
        R,
        "kind: {one_of: [shop, flat]}",
        "kind: {one_of: [shop, flat], type: bool}",
        "exactly one of unit",
        0,
    ),
    "an input with an upside-down range": (
        R,
        "load: {unit: kW, min: 0, max: 999}",
        "load: {unit: kW, min: 9, max: 1}",
        "min is above max",
        0,
    ),
    "an option written twice": (R, "one_of: [shop, flat]", "one_of: [shop, shop]", "different words", 0),
    "a unit that is not one": (
        R,
        'unit: kW, min: 0, max: 999}\n  versions:\n  - in_force: {from: 2020-01-01}\n    cite: "2"\n    limits',
        "unit: 'k W!', min: 0, max: 999}\n  versions:\n  - in_force: {from: 2020-01-01}\n    cite: \"2\"\n    limits",
        "is not a unit",
        0,
    ),
    "a condition on a name that is not there": (R, "load > 100", "lode > 100", "no input or line called", 0),
    "a condition that compares units": (
        R,
        "when: kind = shop and load > 100",
        "when: kind > 100",
        "cannot be compared",
        0,
    ),
    "a condition with an unknown word": (
        R,
        "when: kind = shop and",
        "when: kind = hotel and",
        "not one of the options",
        0,
    ),
    "a condition that is a number": (
        R,
        "when: kind = shop and load > 100",
        "when: load",
        "a condition belongs here",
        0,
    ),
    "a condition that divides": (R, "load > 100,", "load / 2 > 100,", "division is written ratio", 0),
    "a condition that calls Python": (
        R,
        "when: kind = shop and load > 100",
        "when: __import__(os)",
        "no function",
        0,
    ),
    "a condition with attributes": (R, "load > 100,", "load.real > 100,", "nothing has attributes", 0),
    "a condition with powers": (R, "load > 100,", "load * * 9 > 100,", "cannot stand here", 0),
    "a condition cut short": (R, "load > 100,", "load >,", "stops early", 0),
    "rows after an unconditional row": (
        R,
        "{when: kind = shop and load > 100, limit: 10, owner: supplier}",
        "{limit: 10}",
        "never reached",
        0,
    ),
    "no rows": (
        R,
        "    limits:\n    - {when: kind = shop and load > 100, limit: 10, owner: supplier}\n    - {limit: 5, owner: supplier}\n",
        "    limits: []\n",
        "no rows",
        -99,
    ),
    "an owner that is nobody": (
        R,
        "limit: 10, owner: supplier",
        "limit: 10, owner: nobody",
        "nobody knows who",
        0,
    ),
    "a class without a name": (R, "becomes: large", "becomes: huge", "has no name", 0),
    "a paper without a name": (R, "papers: [lease]", "papers: [leese]", "has no name", 0),
    "closed as yes": (
        R,
        "papers: [form], closed: true",
        "papers: [form], closed: yes",
        "write true or false",
        0,
    ),
    "a table key that is no column": (R, "keys: [kind]", "keys: [kin]", "is not a column", 0),
    "two rows with one key": (R, "{kind: flat, price: 0.5}", "{kind: shop, price: 0.5}", "the same key", 0),
    "a table cell out of range": (R, "price: 0.5}", "price: 50}", "not between", 0),
    "a table cell with too many decimals": (R, "price: 0.5}", "price: 0.50001}", "decimals", 0),
    "a table cell of a strange column": (R, "price: 0.5}", "price: 0.5, colour: red}", "no such input", 0),
    "a rule of an unknown kind": (R, "kind: value", "kind: python", "no kind of rule", 0),
    "a rule without a kind": (R, "  kind: value\n", "", "no kind of rule", -99),
    "a rule written twice": (R, "- rule: deposit", "- rule: card", "written twice", 0),
    "a rule without a test": (R, "  tests:\n  - {on: 2026-01-01, expect: 20}\n", "", "has no test", -99),
    "a test that does not hold": (R, "expect: 20}", "expect: 21}", "fails", 0),
    "a test of nothing": (R, "{on: 2026-01-01, expect: 20}", "{on: 2026-01-01}", "expect or refused", 0),
    "a test that should have been refused": (
        R,
        "{on: 2026-01-01, expect: 20}",
        "{on: 2026-01-01, refused: not-in-force}",
        "should have been refused",
        0,
    ),
    "a cite of no clause": (R, 'cite: "2", value', 'cite: "9", value', 'no clause "9"', 0),
    "a version that takes no interpretation": (
        R,
        '{in_force: {from: 2020-01-01}, cite: "2", value: 20}',
        '{in_force: {from: 2020-01-01}, cite: "2", taking: {gain: on-top}, value: 20}',
        "no interpretation or option",
        0,
    ),
    "a version for one option only": (
        R,
        '{in_force: {from: 2020-01-01}, cite: "2", value: 20}',
        '{in_force: {from: 2020-01-01}, cite: "2", taking: {loss: on-top}, value: 20}',
        "no version is left",
        -1,
    ),
    "a clause nobody implements": (C, "  planned: conduct\n", "", "nothing implements", -99),
    "a clause planned nowhere": (C, "planned: conduct", "planned: heaven", "name an area", -99),
    "a clause in no chapter": (C, 'id: "3"\n  in: "1"', 'id: "3"\n  in: "9"', "no chapter 9", 1),
    "a clause written twice": (C, 'id: "3"', 'id: "2"', "written twice", 0),
    "a clause by a rule that is not there": (C, "by: [bill]", "by: [bil]", 'no rule "bil"', 0),
    "a clause of no kind": (C, "kind: duty", "kind: wish", "choose one of", 0),
    "an interpretation of no clause": (N, 'clause: "1"', 'clause: "7"', 'no clause "7"', 0),
    "an interpretation that nothing accounts for": (N, "  waits: [billing]\n", "", "no rule uses", -99),
    "an interpretation that waits for nobody": (N, "[billing]", "[dreams]", "waits names an area", -99),
    "an interpretation that decides what does not read it": (
        N,
        "  waits: [billing]\n",
        "  waits: [billing]\n  decides: [card]\n",
        '"card" does not use',
        -99,
    ),
    "an interpretation of words that waits": (
        N,
        "  waits: [billing]\n",
        "  waits: [billing]\n  wording: {zh: 只是用词, en: only the word}\n",
        "about words only",
        -99,
    ),
    "an interpretation with one option": (
        N,
        "    inside: {says: {zh: 已含, en: included}}\n",
        "",
        "at least two options",
        -99,
    ),
    "an interpretation that chooses nothing it offers": (
        N,
        "chosen: inside",
        "chosen: outside",
        "none or one of",
        -99,
    ),
    "a sheet that is not there": (R, "sheet: bill}", "sheet: bil}", "there is no sheets/bil.sheet", 0),
    "a sheet without a header": (S, "sheet bill -> bill.total\n", "", "must be the header", 0),
    "a sheet whose result is not there": (S, "-> bill.total", "-> bill.sum", "is not defined", 0),
    "a sheet whose result is below": (
        S,
        "-> bill.total",
        "-> segment.amount",
        "not in the outermost grain",
        0,
    ),
    "a line that cannot be read": (S, "  total = sum(amount)", "  total sum(amount)", "cannot read", 0),
    "a name used before it is made": (
        S,
        "round(used * price, 2)",
        "round(used * rate, 2)",
        "no input or line called",
        0,
    ),
    "a name made twice": (S, "  amount = round", "  used = round", "already taken", 0),
    "units that differ": (S, "round(used * price, 2)", "round(used + price, 2)", "units differ", 0),
    "many values where one is wanted": (S, "total = sum(amount)", "total = amount", "many values per", 0),
    "a sum of the same row": (S, "amount = round(used * price, 2)", "amount = sum(used)", "a lower grain", 0),
    "a number without a range": (S, "kWh(2) -9999..9999", "kWh(2)", "needs a range", 0),
    "a range past 38 digits": (S, "kWh(2) -9999..9999", "kWh(2) 0.." + "9" * 38, "over 38", 0),
    "a product past 38 digits": (S, "kWh(2) -9999..9999", "kWh(2) 0.." + "9" * 34, "over 38", 3),
    "a table that is not there": (S, "prices.price", "costs.price", "no table", 0),
    "a column that is not there": (S, "prices.price", "prices.cost", "no column", 0),
    "a look without its keys": (S, " for kind", "", "takes 1 keys", 0),
    "a look on what is no date": (S, "on start for", "on used for", "is not a date", 0),
    "a reason without words": (S, ": negative", ": unknown-reason", "is not worded", 0),
    "a grain in no grain": (S, "each segment in bill by", "each segment in invoice by", "no grain", 0),
    "two outermost grains": (S, "each segment in bill by start", "each segment", "exactly one outermost", 0),
    "a word of the language as a name": (
        S,
        "  amount = round",
        "  half_up = round",
        "a word of the language",
        0,
    ),
    "rounding to thirteen decimals": (S, "price, 2)", "price, 13)", "-12 to 12", 0),
    "rounding by a way unknown": (S, "price, 2)", "price, 2, bankers)", "way of rounding", 0),
    "an interpretation not there": (
        S,
        "each segment",
        "  take how = gain\neach segment",
        "no such interpretation",
        0,
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_pack_is_refused_where_it_is_bad(name: str, tmp_path: Path) -> None:
    file, old, new, words, offset = BAD[name]
    folder = write_pack(tmp_path, broken(file, old, new))
    with pytest.raises(PackError) as refused:
        load_pack(folder)
    said = refused.value
    assert words in said.say("en")
    assert Path(said.file).name == Path(file).name
    assert said.remedy.zh
    assert said.remedy.en
    if offset > -99:
        assert abs(said.line - line_of(file, old) - offset) <= 1, said.say("en")


def test_the_good_pack_is_good(tmp_path: Path) -> None:
    assert len(load_pack(write_pack(tmp_path)).rules) == 7


def test_there_are_enough_bad_packs() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize("missing", ["pack.yaml", "clauses.yaml"])
def test_a_pack_without_its_first_files_is_refused(missing: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=missing):
        load_pack(write_pack(tmp_path, {missing: None}))


@pytest.mark.parametrize("name", ["run.py", "rules.yml", "sheets/x.py", "sheets/deep/x.sheet", "data.csv"])
def test_a_stranger_among_the_files_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="does not belong in a pack"):
        load_pack(write_pack(tmp_path, {name: "x"}))


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "passwords.yaml").symlink_to("/etc/passwd")
    with pytest.raises(PackError, match="symbolic links"):
        load_pack(folder)


HOSTILE = {
    "ten thousand brackets": "rules: " + "[" * 10_000,
    "ten thousand dashes": "rules:\n" + "- " * 10_000 + "x",
    "a laugh a billion times": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}]\n" for n in range(9)),
    "a key a megabyte long": "rules:\n- " + "k" * 1_000_000 + ": 1\n",
    "a file past the limit": "rules: []\n" + "#" * 2_100_000,
    "not UTF-8": "rules: []\n",
    "deep indentation": "\n".join(" " * n + "a:" for n in range(400)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_quickly(name: str, tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    data = HOSTILE[name].encode() + (b"\xff\xfe" if name == "not UTF-8" else b"")
    (folder / "rules.yaml").write_bytes(data)
    with pytest.raises(PackError):
        load_pack(folder)


HOSTILE_LINES = {
    "a thousand parentheses": "  x = " + "(" * 1000 + "1" + ")" * 1000,
    "a thousand minus signs": "  x = " + "-" * 1000 + "1",
    "a thousand nots": "  x = " + "not " * 400 + "true",
    "a product of a hundred": "  x = " + " * ".join(["used"] * 100),
    "a long sum": "  x = " + " + ".join(["1"] * 900),
    "a long number": "  x = " + "9" * 500,
    "nested ifs": "  x = " + "if true then 1 else " * 90 + "1",
    "a NUL": "  x = 1\x00",
    "a smart quote": "  x = “1”",
    "many lines": "\n".join(f"  x{n} = 1" for n in range(400)),
}


@pytest.mark.parametrize("name", HOSTILE_LINES)
def test_a_hostile_line_is_refused_quickly(name: str, tmp_path: Path) -> None:
    text = GOOD[S].replace("  amount =", HOSTILE_LINES[name] + "\n  amount =")
    with pytest.raises(PackError, match=r"bill\.sheet"):
        load_pack(write_pack(tmp_path, {S: text}))
