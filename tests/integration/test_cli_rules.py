"""The rules as a file: taken in as a whole or not at all, and in force at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from dashboard.cli import commands
from dashboard.complaints import sentence_for
from data_access.engine import make_engine
from data_access.queries.indicators import district_terms


def test_rules_are_taken_in_and_shown(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUANYU_DATABASE_URL", database_url)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    run = CliRunner().invoke
    file = tmp_path / "rules.toml"
    file.write_text("ranking_min_n = 3\n[thresholds]\nsatisfaction = [0.8, 0.9]\n", encoding="utf-8")
    conn.execute("delete from board.outbox")
    assert "nothing was changed" in run(commands, ["rules", "import", str(file), "--check"]).output
    assert conn.execute("select count(*) from board.outbox").fetchone() == (0,)
    assert run(commands, ["rules", "import", str(file)]).exit_code == 0
    kinds = {kind for (kind,) in conn.execute("select kind from board.outbox").fetchall()}
    assert kinds == {"settings"}
    engine = make_engine(database_url)
    terms = district_terms(engine)
    engine.dispose()
    assert (terms.ranking_min_n, terms.thresholds) == (3, {"satisfaction": (0.8, 0.9)})
    file.write_text("ranking_min_n = 9\n[drafts]\nreturned = 0\n", encoding="utf-8")
    wrong = run(commands, ["rules", "import", str(file)])
    assert wrong.exit_code == 1
    assert wrong.exception is not None
    assert "at least 1" in str(sentence_for(wrong.exception))
    file.write_text("ranking_min_n = ", encoding="utf-8")
    assert "is no TOML" in run(commands, ["rules", "import", str(file)]).output
    shown = json.loads(run(commands, ["rules", "show"]).stdout)
    assert shown["ranking_min_n"] == 3
    assert "title" not in shown
