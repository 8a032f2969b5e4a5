"""What each command says, in both languages and as data."""

from __future__ import annotations

import json

import pytest

from tests.calendar.test_arrangement import NOTICE_2027

COMMANDS = [
    [],
    ["answer"],
    ["policy"],
    *(["policy", verb] for verb in ("check", "clauses", "describe", "diff", "reexplain")),
    ["rate"],
    ["measure"],
    ["template"],
    ["workdays"],
    ["workdays", "add"],
    ["workdays", "between"],
    ["audit"],
    ["audit", "verify"],
    ["audit", "checkpoint"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_helps(run, words):
    said = run(*words, "--help")
    assert said.status == 0
    assert said.out.startswith(" ".join(["usage: tongdian", *words]))
    assert said.err == ""


# --- answer ---------------------------------------------------------------------------------------

BILL = 'segment=[{"start": "2026-01-05", "used": 10, "paid_on": "2026-01-09"}]'


def test_an_answer_is_a_sentence_with_its_article(run):
    said = run("answer", "gxnu-2016-4", "construction-deposit", "--on", "2026-03-02", "contract=150000")
    assert said.status == 0
    assert said.out.startswith("Construction deposit 10,000–30,000 yuan; ")
    assert "under 师政后勤〔2016〕4号 Article 9(1); as in force on 2026-03-02" in said.out
    zh = run(
        "answer", "gxnu-2016-4", "construction-deposit", "--on", "2026-03-02", "contract=150000", lang="zh"
    )
    assert "依据 师政后勤〔2016〕4号 第九条（一）；按 2026-03-02 有效版本" in zh.out


def test_an_answer_of_a_sheet_shows_every_line_in_columns(run, town):
    said = run("answer", "town", "bill", "--on", "2026-06-30", "kind=shop", "people=3", BILL)
    assert said.out.splitlines() == [
        "Bill 8.00 yuan; under 镇〔2026〕1号 Article 1; as in force on 2026-06-30",
        "  segment 2026-01-05  price = 0.8000 yuan/kWh  prices.price on start",
        "  segment 2026-01-05  amount = 8.00 yuan       round(used * price, 2)   # 1",
        "  segment 2026-01-05  waited = 4 working days  workdays(start, paid_on)",
        "  bill 1              total = 8.00 yuan        sum(amount)",
        "  bill 1              each_pays = 2.67 yuan    ratio(total, people, 2, half_up)",  # 8 / 3
    ]


def test_chinese_units_stay_in_their_columns(run, town):
    lines = run("answer", "town", "bill", "--on", "2026-06-30", "kind=shop", BILL, lang="zh").out
    price, amount, waited = lines.splitlines()[1:4]
    assert price == "  segment 2026-01-05  price = 0.8000 元/千瓦时  prices.price on start"
    assert amount == "  segment 2026-01-05  amount = 8.00 元          round(used * price, 2)   # 1"
    assert waited == "  segment 2026-01-05  waited = 4 个工作日       workdays(start, paid_on)"


def test_inputs_come_from_a_file_and_the_command_line_wins(run, town, tmp_path):
    file = tmp_path / "给定.json"
    segment = {"start": "2026-01-05", "used": 0.1, "paid_on": "2026-01-05"}  # exact, though bare
    file.write_text(json.dumps({"kind": "flat", "segment": [segment]}), encoding="utf-8-sig")
    answer = ["answer", "town", "bill", "--on", "2026-06-30", "--given", file, "--json"]
    assert json.loads(run(*answer).out)["value"] == "0.05"  # 0.1 × 0.5
    assert json.loads(run(*answer, "kind=shop").out)["value"] == "0.08"  # 0.1 × 0.8


def test_an_answer_as_data_has_numbers_as_text_and_both_languages(run, town):
    data = json.loads(run("answer", "town", "bill", "--on", "2026-06-30", "kind=shop", BILL, "--json").out)
    assert (data["value"], data["unit"], data["rule"], data["day"]) == ("8.00", "yuan", "bill", "2026-06-30")
    assert set(data["says"]) == {"zh", "en"}
    assert data["lines"][0] == {
        "grain": "segment",
        "row": "2026-01-05",
        "name": "price",
        "text": "prices.price on start",
        "value": "0.8000",
        "unit": "yuan/kWh",
        "cite": "",
        "is_example": False,
    }


def test_a_reading_is_taken_for_one_answer(run):
    small = [
        "answer",
        "gxnu-2016-4",
        "small-works",
        "--on",
        "2026-03-02",
        "settled_on=2026-03-02",
        "metered=false",
        "total_cost=28000",
    ]
    assert "on the command line: with --take" in run(*small).refusal
    said = run(*small, "--take", "small-works-rate=permille")
    assert "280.00 yuan" in said.out  # 28,000 × 10‰


def test_names_and_options_stand_in_any_order(run, town):
    one = run("answer", "--on", "2026-06-30", "town", "bill", "--json", "kind=shop", BILL)
    other = run("answer", "town", "bill", BILL, "--json", "--on", "2026-06-30", "kind=shop")
    assert (one.status, json.loads(one.out)) == (0, json.loads(other.out))


# --- policy ---------------------------------------------------------------------------------------


def test_check_takes_a_pack_a_folder_of_packs_or_the_whole_shelf(run, town):
    line = "town: 1 clauses, 4 rules, 3 tests, 0 interpretations — ok\n"
    assert run("policy", "check", "town").out == line
    assert run("policy", "check", town).out == line
    assert run("policy", "check", town.parent).out == line
    whole = run("policy", "check").out.splitlines()
    assert [said.split(":")[0] for said in whole] == [
        "electricity-supply-1996",
        "electricity-supply-2024",
        "gxnu-2016-4",
        "nea-2021-37",
        "town",
    ]


def test_check_goes_on_after_a_pack_that_fails(run, town):
    bad = town.parent / "bad"
    bad.mkdir()
    (bad / "pack.yaml").write_text("pack: bad\n")
    said = run("policy", "check", town.parent)
    assert said.out.startswith("town: 1 clauses")
    assert said.status == 1
    lines = said.err.splitlines()
    assert 'bad/pack.yaml, line 1: "title" is missing. To mend it:' in lines[0]
    assert "bad/clauses.yaml, line 1: there is no clauses.yaml" in lines[-1]  # the first hides none


def test_clauses_say_what_implements_them(run, town):
    assert run("policy", "clauses", "town").out.splitlines() == [
        "1  rule  Prices  bill, wait, meter, prices (3 tests)",
        "1 clauses; 1 implemented; 0 planned",
    ]
    assert json.loads(run("policy", "clauses", "town", "--json").out) == [
        {
            "id": "1",
            "title": {"zh": "电价", "en": "Prices"},
            "kind": "rule",
            "by": ["bill", "wait", "meter", "prices"],
            "carried_by": [],
            "planned": [],
            "tests": 3,
        }
    ]


def test_clauses_of_the_real_packs_align_in_both_languages(run):
    for lang in ("zh", "en"):
        said = run("policy", "clauses", "gxnu-2016-4", lang=lang)
        assert said.status == 0
        assert len(said.out.splitlines()) > 100


def test_describe_says_inputs_as_people_do(run, town):
    assert run("policy", "describe", "town", "bill").out.splitlines() == [
        "Bill  (bill, sheet)",
        "  2020-01-01..  Article 1",
        "  bill:",
        "    kind     shop | flat",
        "    people   number, 0 to 99 (default 1)",
        "    exact    true or false (default true)",
        "  segment:",
        "    start    date, like 2026-03-02",
        "    used     kWh, 2 decimals, -9,999 to 9,999",
        "    paid_on  date, like 2026-03-02",
    ]
    data = json.loads(run("policy", "describe", "town", "bill", "--json").out)
    assert data["grains"]["segment"]["used"]["unit"] == "kWh"


def test_describe_says_what_is_taken_of_each_open_question(run):
    said = run("policy", "describe", "gxnu-2016-4", "small-works").out
    assert "  --take small-works-rate=percent|permille   (not chosen)" in said
    zh = run("policy", "describe", "gxnu-2016-4", "small-works", lang="zh").out
    assert "（未选定）" in zh or "(未选定)" in zh


def test_every_rule_of_both_packs_can_be_described(run):
    for pack in ("gxnu-2016-4", "nea-2021-37"):
        for row in json.loads(run("policy", "clauses", pack, "--json").out)[8:12]:
            for rule in row["by"]:
                assert run("policy", "describe", pack, rule).status == 0


def test_diff_tells_what_changed(run, town, tmp_path):
    from tests.bulk.town import TOWN, write_town

    newer = write_town(tmp_path / "newer", rules=TOWN["rules.yaml"].replace("price: 0.5}", "price: 0.6}"))
    said = run("policy", "diff", town, newer)
    assert "changed  rule prices  Prices" in said.out
    assert "0.5 → 0.6" in said.out
    assert json.loads(run("policy", "diff", town, newer, "--json").out)[0]["id"] == "prices"
    assert run("policy", "diff", town, town).out == "no difference\n"


# --- rate, measure, reexplain ----------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    (tmp_path / "bill.csv").write_text("bill,kind\nA,shop\nB,flat\nC,office\n")
    (tmp_path / "segment.csv").write_text(
        "bill,start,used,paid_on\nA,2026-01-05,1000,2026-01-05\nB,2026-01-05,7,2026-01-05\n"
    )
    return tmp_path


def test_rate_says_what_it_wrote_and_what_it_refused(run, town, files):
    rate = ["rate", "town", "bill", files / "bill.csv", files / "segment.csv", "--out", files / "out"]
    out = files / "out"
    assert run(*rate, "--on", "2026-06-30").out.splitlines() == [
        "bill: 3 read from bill.csv",
        "segment: 2 read from segment.csv",
        f"bill: 2 → {out}/bill.parquet",
        f"segment: 2 → {out}/segment.parquet",
        f"1 refused, with reasons in {out}/refused.csv:",
        "  bill.csv:4 · C · bill · kind: 'office' is not one of shop, flat",
    ]
    zh = run(*rate, "--on", "2026-06-30", lang="zh").out.splitlines()
    assert zh[-1] == "  bill.csv:4 · C · bill · kind：“office”不是以下之一：shop、flat"
    assert json.loads(run(*rate, "--json").out)["counts"] == {"bill": 2, "segment": 2}
    assert run("policy", "reexplain", out).out == "2 cases made again, 0 differ\n"
    assert json.loads(run("policy", "reexplain", out, "--json").out)["different"] == []
    assert run("policy", "reexplain", out, "--case", "A").out.splitlines()[1] == (
        "  segment 2026-01-05  amount = 800.00 yuan     round(used * price, 2)"
    )


def test_a_template_is_written_named_and_never_replaced(run, town, tmp_path):
    template = ["template", "town", "bill", "--on", "2026-06-30", "--to", tmp_path / "t"]
    assert run(*template).out.splitlines() == [f"{tmp_path}/t/bill.xlsx", f"{tmp_path}/t/segment.xlsx"]
    assert run(*template).refusal == (
        f"{tmp_path}/t/bill.xlsx is there already and may have been filled in; "
        "choose another --to, or move it away"
    )
    assert "已存在，可能已经填写" in run(*template, lang="zh").refusal


def test_headings_are_mapped_by_a_file_and_what_they_were_taken_for_is_kept(run, town, files):
    """The kept mapping, given again, reads the same files."""
    (files / "bill.csv").write_text("户号,kind,备注\nA,shop,x\nB,flat,\n")
    (files / "columns.yaml").write_text("bill:\n  户号: bill\n  备注:\n")
    rate = ["rate", "town", "bill", files / "bill.csv", files / "segment.csv", "--out", files / "out"]
    assert 'has no column "bill"' in run(*rate).refusal
    kept = files / "kept.yaml"
    assert run(*rate, "--columns", files / "columns.yaml", "--keep-columns", kept).status == 0
    assert kept.read_text().splitlines()[:4] == ["bill:", "  户号: bill", "  kind: kind", "  备注:"]
    again = run(*rate, "--columns", kept, "--json")
    assert json.loads(again.out)["counts"] == {"bill": 2, "segment": 2}


def test_reexplain_fails_when_a_result_was_changed(run, town, files):
    run(
        "rate",
        "town",
        "bill",
        files / "bill.csv",
        files / "segment.csv",
        "--out",
        files / "out",
        "--format",
        "csv",
    )
    bills = files / "out/bill.csv"
    bills.write_text(bills.read_text().replace("3.50", "3.49"))
    said = run("policy", "reexplain", files / "out")
    assert (said.status, said.out.splitlines()[0]) == (1, "2 cases made again, 1 differ")
    assert "B: bill B total: was 3.49, is 3.50" in said.out


def test_a_file_name_may_hold_an_equals_sign_and_a_grain_may_be_named(run, town, files):
    (files / "bill.csv").rename(files / "a=b.csv")
    said = run(
        "rate",
        "town",
        "bill",
        f"bill={files / 'a=b.csv'}",
        f"segment={files / 'segment.csv'}",
        "--out",
        files / "out.csv",
    )
    assert said.out.splitlines()[2] == f"bill: 2 → {files / 'out.csv'}"


def test_measure_prints_a_table_of_groups(run, town, tmp_path):
    cases = [f"{n},N,flat,{n % 7},5,false" for n in range(1400)] + ["s,S,flat,9,5,true"]
    (tmp_path / "case.csv").write_text("\n".join(["case,region,class,days,limit,storm", *cases]))
    measure = ["measure", "town", "wait", tmp_path / "case.csv", "--by", "region", "--out", tmp_path / "m"]
    assert run(*measure).out.splitlines() == [
        "case: 1,401 read from case.csv",
        "region  cases  exempt  within  share   P50  P90  longest",
        "N       1,400  0       1,200   85.71%  3    6    6",  # 0…5 of 0…6: 6/7 = 85.714…%
        "S       0      1       0       —       —    —    —",
    ]
    assert run(*measure, lang="zh").out.splitlines()[:3] == [
        "case：读取 1,401 行（case.csv）",
        "region  件数   不计  达标   占比    P50  P90  最长",
        "N       1,400  0     1,200  85.71%  3    6    6",
    ]
    data = json.loads(run(*measure, "--json").out)
    assert (data["cases"], data["exempt"]) == (1400, 1)


def test_measure_as_a_fold_says_that_it_sorts_and_what_it_cannot_say(run, town, tmp_path):
    lines = ["case,region,class,days,limit,storm", *(f"{n},N,flat,{n % 7},5,false" for n in range(14))]
    (tmp_path / "case.csv").write_text("\n".join(lines))
    measure = ["measure", "town", "wait", tmp_path / "case.csv", "--engine", "fold", "--out", tmp_path / "m"]
    assert run(*measure, "--by", "region").out.splitlines() == [
        "case: 14 read from case.csv",
        "the files are not Parquet sorted by case, so DuckDB has read and sorted them once; "
        "those of tongdian cases export --form parquet are read as they are",
        "region  cases  exempt  within  share   P50  P90  longest",
        "N       14     0       12      85.71%  3    6    6",
    ]
    assert run(*measure, "--by", "case", lang="zh").out.splitlines()[:2] == [
        "case：读取 14 行（case.csv）",
        "fold 不会算：以 case 计算；已改用 DuckDB",
    ]
    assert json.loads(run(*measure, "--by", "case", "--json").out)["engine"] == "duckdb"


def test_a_row_that_is_refused_is_told_by_the_exit_status(run, town, tmp_path):
    (tmp_path / "case.csv").write_text("case,region,class,days,limit,storm\n1,N,flat,3,5,\n2,N,flat,x,5,\n")
    measure = ["measure", "town", "wait", tmp_path / "case.csv", "--out", tmp_path / "m"]
    assert run(*measure).status == 3
    (tmp_path / "case.csv").write_text("case,region,class,days,limit,storm\n1,N,flat,3,5,\n")
    assert run(*measure).status == 0


# --- workdays ---------------------------------------------------------------------------------------


def test_working_days_are_counted(run):
    assert run("workdays", "add", "2021-09-30", 5).out == "2021-10-13\n"
    assert run("workdays", "between", "2021-09-30", "2021-10-13").out == "5\n"
    assert json.loads(run("workdays", "add", "2021-09-30", 5, "--json").out) == {
        "date": "2021-09-30",
        "working_days": 5,
        "result": "2021-10-13",
    }


def test_guangxi_rests_on_its_third_of_the_third_month(run):
    # 2021-04-14 is 三月三, and 04-15 its second day, in Guangxi only
    assert run("workdays", "add", "2021-04-13", 1).out == "2021-04-14\n"
    assert run("workdays", "add", "2021-04-13", 1, "--pack", "gxnu-2016-4").out == "2021-04-16\n"
    # the days are the university's pack's: without it they count for nobody, and that is said
    guilin = run("workdays", "add", "2021-04-13", 1, "--region", "450300")
    assert guilin.out == "2021-04-14\n"
    assert guilin.err.startswith("the local rest days of 2021 in 450000 (Sanyuesan) are not entered")


def test_a_spring_without_its_local_rest_days_is_warned_about_once(run):
    """三月三 lies between 20 March and 30 April; nobody entered it for 2024."""
    spring = run("workdays", "add", "2024-04-10", 1, "--pack", "gxnu-2016-4")
    assert spring.out == "2024-04-11\n"
    assert spring.err.count("\n") == 1
    assert "2024 in 450000 (Sanyuesan)" in spring.err
    for asked in (("2024-05-10", 1), ("2021-04-13", 1)):  # no season in between; entered
        assert run("workdays", "add", *asked, "--pack", "gxnu-2016-4").err == ""
    years = run("workdays", "between", "2021-01-01", "2023-12-31", "--pack", "gxnu-2016-4")
    assert "2022, 2023 in 450000" in years.err


def test_a_region_that_does_not_exist_is_not_the_whole_nation(run):
    """In full width it is Guilin; 999999 would have been answered with the national day."""
    assert run("workdays", "add", "2021-04-13", 1, "--region", "４５０３００").out == "2021-04-14\n"
    for code in ("999999", "450399"):
        refused = run("workdays", "add", "2021-04-13", 1, "--region", code)
        assert refused.status == 1
        assert f"There is no division with the code {code}" in refused.err


def test_a_year_entered_here_counts_on_the_command_line_too(program, tmp_path):
    tmp_path.chmod(0o755)
    notice = tmp_path / "notice.txt"
    notice.write_text(NOTICE_2027, encoding="utf-8")
    here = {"TONGDIAN_HOME": str(tmp_path / "home"), "DATABASE_URL": None, "DATABASE_OWNER_URL": None}
    ask = ("--lang", "en", "workdays", "add", "2026-12-30", "2")
    assert "is not known yet" in program(*ask, **here).refusal
    added = program("calendar", "add", "2027", notice, "--source", "国办发明电〔2026〕9号", **here)
    assert added.status == 0, added.err
    # 31 December is day 1; 1–3 January rest; Monday 4 January is day 2
    assert program(*ask, **here) == (0, "2027-01-04\n", "")
    assert program(*ask, "--pack", "gxnu-2016-4", **here).out == "2027-01-04\n"
    between = ("workdays", "between", "2026-12-30", "2027-01-04")
    assert program(*between, **here).out == "2\n"


# --- audit -------------------------------------------------------------------------------------------


def test_the_record_is_verified_and_signed_and_kept_answers_made_again(run, committed, settings, tmp_path):
    settings.AUDIT_CHECKPOINTS = tmp_path  # other tests sign other logs
    assert run("policy", "reexplain").out == "0 answers made again, 0 differ\n"
    # the rows as they stood when the database was made are the first entry
    assert "tongdian/" in run("audit", "checkpoint").out
    data = json.loads(run("audit", "verify", "--json").out)
    assert (data["holds"], data["findings"]) == (True, [])
    assert "unchanged since it was sealed" in run("audit", "verify").out
    assert "自封存以来未被改动" in run("audit", "verify", lang="zh").out


def test_a_template_of_each_grain_is_written_for_a_sheet(run, town, tmp_path):
    """And a sheet that is none is refused by name."""
    said = run("template", "town", "bill", "--to", tmp_path / "t", "--format", "csv", "--on", "2026-06-30")
    assert said.out.split() == [str(tmp_path / "t/bill.csv"), str(tmp_path / "t/segment.csv")]
    assert run("template", "town", "prices", "--to", tmp_path / "u").refusal
    assert not (tmp_path / "u").exists()
    assert "bill.csv" in run("template", "town", "bill", "--to", tmp_path / "t", "--format", "csv").refusal
