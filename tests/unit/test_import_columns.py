"""Column rules, the words of findings, and the report's renderings."""

from __future__ import annotations

import csv
import io
import re
import string

import pytest

from dashboard.ingest.columns import BadValue, Column
from dashboard.ingest.report import Agreement, Finding, Findings, Report, shown
from dashboard.ingest.wording import WORDS, Flaw


def test_the_first_column_that_is_not_empty_is_taken() -> None:
    rule = Column(columns=("department", "queue"))
    assert rule.read({"department": " ", "queue": " PWDx "}) == "PWDx"


def test_a_template_joins_columns_and_is_empty_when_they_are() -> None:
    rule = Column(template="{street} / {house}")
    assert rule.read({"street": "River St", "house": "7"}) == "River St / 7"
    assert rule.read({"street": "", "house": " "}) == ""
    assert rule.needs == ("street", "house")


@pytest.mark.parametrize("text", ["Ward 8", "8", "08"])
def test_pattern_pad_and_prefix_bring_forms_together(text: str) -> None:
    rule = Column(columns=("ward",), pattern=re.compile(r"(?:Ward )?0*(\d+)"), pad=2, prefix="W")
    assert rule.read({"ward": text}) == "W08"
    assert rule.read({"ward": " "}) == ""


def test_a_value_map_knows_its_values_and_says_so() -> None:
    rule = Column(columns=("source",), values={"Phone": "hotline"}, section="values.source")
    assert rule.read({"source": "Phone"}) == "hotline"
    with pytest.raises(BadValue) as caught:
        rule.read({"source": "Fax"})
    assert caught.value.details == {"allowed": "Phone", "section": "values.source"}
    others = Column(columns=("source",), values={"Phone": "hotline", "*": "department"})
    assert others.read({"source": "Fax"}) == "department"


def test_words_that_mean_empty_give_the_default() -> None:
    rule = Column(columns=("level",), empty=frozenset({"n/a"}), default="1")
    assert rule.read({"level": "n/a"}) == "1"
    assert rule.read({"level": "2"}) == "2"


@pytest.mark.parametrize("flaw", list(Flaw))
def test_every_flaw_speaks_both_languages_with_the_same_facts(flaw: Flaw) -> None:
    words = WORDS[flaw]
    names = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in (words.reason_zh + words.remedy_zh, words.reason_en + words.remedy_en)
    ]
    assert names[0] == names[1]
    assert re.search(r"[\u4e00-\u9fff]", words.reason_zh + words.remedy_zh)
    assert not re.search(r"[\u4e00-\u9fff]", words.reason_en + words.remedy_en)


def finding(row: int, *, rejected: bool = True, value: str = "x") -> Finding:
    return Finding(row=row, field="age", value=value, flaw=Flaw.NOT_NUMBER, rejected=rejected)


def report(findings: Findings, lang: str = "en") -> Report:
    return Report(
        kind="events",
        file="e.csv",
        check=True,
        lang=lang,
        rows_read=9,
        landed=4,
        updated=1,
        unchanged=2,
        rejected=findings.rejected_rows,
        findings=findings.kept(),
        counts=dict(findings.counts),
        made={"categories": 3},
        agreements=(Agreement(level="grid", n=19, d=20),),
    )


def test_a_report_counts_all_findings_and_keeps_some() -> None:
    findings = Findings(keep=3)
    for row in range(9, 1, -1):
        findings.reject([finding(row)])
    made = report(findings)
    assert (made.rejected, len(made.findings), made.exit_code) == (8, 3, 1)
    assert "5 more are in the CSV report." in made.text()
    assert "另有 5 处，见 CSV 报告。" in made.text("zh")


def test_the_text_says_what_happened_in_both_languages() -> None:
    findings = Findings()
    findings.reject([finding(3, value="old")])
    findings.note(finding(5, rejected=False))
    made = report(findings, "zh")
    assert made.text().splitlines()[:2] == ["检查事件：e.csv", "读取 9 行：新增 4，更新 1，未变 2，拒绝 1"]
    assert "3 age old 不是数字 改为数字：小数点用“.”，不写千分位逗号和单位" in " ".join(
        made.text(width=160).split()
    )
    assert "落点与行内所写网格一致：95.0%（19 / 20）" in made.text()
    english = made.text("en", width=160)
    assert "3 age old is not a number make it a plain number:" in " ".join(english.split())
    assert "made as well: categories 3" in english
    assert "Only checked: nothing was written." in english


def test_the_csv_neutralises_what_a_spreadsheet_would_run() -> None:
    findings = Findings()
    findings.reject([finding(2, value="=1+1")])
    text = report(findings).csv()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["row", "verdict", "field", "value", "reason", "remedy"]
    assert rows[1][:4] == ["2", "rejected", "age", "'=1+1"]


def test_shown_values_are_short_and_printable() -> None:
    assert shown("a\x00b\u202ec") == "a\ufffdb\ufffdc"
    assert len(shown("long" * 100)) == 80
