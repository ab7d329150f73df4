"""Findings in bounded memory, and the report as table, CSV and JSON."""

from __future__ import annotations

import csv
import json
import random
import tracemalloc

from dashboard.ingest.findings import KEPT_A_KIND, Finding, Findings
from dashboard.ingest.report import JSON_A_KIND, Report
from dashboard.ingest.wording import Flaw


def finding(row: int, **changed: object) -> Finding:
    made: dict[str, object] = {
        "row": row,
        "field": "来源",
        "value": "fax",
        "flaw": Flaw.UNKNOWN_VALUE,
        "rejected": True,
        "details": {"allowed": "phone", "section": "values.source"},
        **changed,
    }
    return Finding(**made)  # type: ignore[arg-type]


def report(findings: Findings, **changed: object) -> Report:
    made: dict[str, object] = {
        "kind": "events",
        "file": "e.csv",
        "check": False,
        "lang": "zh",
        "rows_read": 9,
        "landed": 1,
        "updated": 2,
        "unchanged": 3,
        "rejected": findings.rejected_rows,
        "made": {"categories": 2},
        "findings": findings.kept(),
        "counts": findings.counts,
        "kinds": findings.kinds,
        "ledger": findings,
        **changed,
    }
    return Report(**made)  # type: ignore[arg-type]


def test_many_findings_are_counted_and_the_first_of_each_kind_stay_at_hand() -> None:
    findings = Findings()
    finding(0)
    tracemalloc.start()
    try:
        for row in range(2, 60_002):
            findings.reject([finding(row)])
        findings.reject([finding(60_002, field="id", flaw=Flaw.MISSING, details={})])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert findings.counts == {(Flaw.UNKNOWN_VALUE, True): 60_000, (Flaw.MISSING, True): 1}
    assert findings.rejected_rows == 60_001
    assert [item.row for item in findings.kept()] == [*range(2, KEPT_A_KIND + 2), 60_002]
    assert peak < 30_000_000


def test_every_finding_is_read_again_by_row_whatever_order_they_came_in() -> None:
    findings = Findings()
    rows = list(range(1, 45_001))
    random.Random(7).shuffle(rows)
    for row in rows:
        findings.note(finding(row, value=f"v{row}", details={"region": ("中", "en"), "count": row}))
    again = list(findings.all())
    assert [item.row for item in again] == sorted(rows)
    assert all(item.value == f"v{item.row}" for item in again)
    assert again[4].details == {"region": ("中", "en"), "count": 5}
    assert again[4] == finding(5, value="v5", details={"region": ("中", "en"), "count": 5})


def test_the_csv_holds_all_with_a_mark_and_without_formulas() -> None:
    findings = Findings()
    for row in range(2, 30_002):
        findings.reject([finding(row, value='=HYPERLINK("x")')])
    text = report(findings).csv("en")
    assert text[0] == "\ufeff"
    rows = list(csv.reader(text[1:].splitlines()))
    assert rows[0] == ["row", "verdict", "field", "value", "reason", "remedy"]
    assert len(rows) == 30_001
    assert rows[-1][:4] == ["30001", "rejected", "来源", '\'=HYPERLINK("x")']


def test_the_table_names_row_field_value_reason_and_remedy() -> None:
    findings = Findings()
    findings.reject([finding(4)])
    lines = report(findings).text("en").splitlines()
    assert lines[:3] == [
        "Imported events: e.csv",
        "9 rows read: 1 landed, 2 updated, 3 unchanged, 1 rejected",
        "made as well: categories 2",
    ]
    assert lines[5].split() == ["row", "field", "value", "reason", "remedy"]
    assert " ".join(lines[7].split()).startswith("4 来源 fax the mapping does not know")
    assert "[values.source]" in report(findings).text("en", width=200)
    assert all(len(line) <= 60 for line in report(findings).text("en", width=60).splitlines()[3:])


def test_rows_that_say_the_same_share_a_line_and_their_count_is_told() -> None:
    findings = Findings()
    for row in range(2, 2_002):
        findings.reject([finding(row)])
    text = report(findings).text("zh", width=160)
    table = "".join(text.split())
    assert "2、3、4、5、6、7、8、9、" in table
    assert "共2,000" in table
    assert text.count("fax") == 1


def test_nothing_from_a_file_reaches_the_terminal_or_the_database_raw() -> None:
    findings = Findings()
    evil = "\x1b[31m\x00\ud800"
    findings.note(
        finding(2, field=evil, value=evil, flaw=Flaw.PATTERN, rejected=False, details={"pattern": evil})
    )
    made = report(findings, file=evil)
    for text in (made.text("zh"), made.csv("en"), json.dumps(made.as_json(), ensure_ascii=False)):
        assert not any(char in text for char in evil[:1] + "\x00\ud800")
        text.encode("utf-8")


def test_the_json_is_bounded_and_speaks_both_languages() -> None:
    findings = Findings()
    for row in range(2, 5_002):
        findings.reject([finding(row)])
    findings.note(finding(9_000, flaw=Flaw.FUTURE, rejected=False, details={}))
    found = json.loads(json.dumps(report(findings).as_json()))
    assert (found["landed"], found["updated"], found["unchanged"], found["rejected"]) == (1, 2, 3, 5_000)
    assert found["findings_total"] == 5_001
    assert [(group["flaw"], group["count"], group["listed"]) for group in found["groups"]] == [
        ("unknown_value", 5_000, JSON_A_KIND),
        ("future", 1, 1),
    ]
    assert len(found["findings"]) == JSON_A_KIND + 1
    assert found["findings"][-1]["reason"] == {"zh": "时间在将来", "en": "lies in the future"}


def test_what_was_withheld_is_said() -> None:
    made = report(Findings(), withheld=True)
    assert "未写入任何内容" in made.text("zh")
    assert "nothing was written" in made.text("en")
