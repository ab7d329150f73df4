"""Settings: where they come from, which wins, and what a wrong one says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dashboard.config import load_settings, unknown_variables
from dashboard.errors import SettingError


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No variables of ours, and a working directory without a file."""
    for name in list(os.environ):
        if name.startswith("QUANYU_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_options_win_over_variables_and_variables_over_the_file(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "quanyu.toml").write_text('port = 1001\nhost = "10.0.0.1"\nworkers = 3\n', encoding="utf-8")
    monkeypatch.setenv("QUANYU_PORT", "1002")
    monkeypatch.setenv("QUANYU_WORKERS", "4")
    settings = load_settings(port=1003, workers=None)
    assert (settings.port, settings.workers, settings.host) == (1003, 4, "10.0.0.1")


def test_names_of_hosts_are_a_list_with_commas_or_an_array(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "quanyu.toml").write_text('allowed_hosts = ["a.example"]\n', encoding="utf-8")
    assert load_settings().allowed_hosts == ("a.example",)
    monkeypatch.setenv("QUANYU_ALLOWED_HOSTS", "a.example, b.example")
    assert load_settings().allowed_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "eighty"),
        ("WORKERS", "0"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://somewhere/db"),
        ("REDIS_URL", "somewhere:6379"),
        ("DATABASE_URL", "postgresql://quanyu:se@cret@db/quanyu"),
        ("DATABASE_URL", "postgresql://quanyu:se/cret@db/quanyu"),
        ("DATABASE_URL", "postgresql://quanyu:se%cret@db/quanyu"),
        ("DATABASE_URL", "postgresql://quanyu:secret@db:port/quanyu"),
        ("DATABASE_URL", "postgresql://quanyu:secret@db/quanyu?bogus=1"),
        ("REDIS_URL", "redis://:se/cret@cache:6379/0"),
        ("REDIS_URL", "redis://cache:port/0"),
    ],
)
def test_a_wrong_value_names_its_setting_and_hides_the_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"QUANYU_{name}", value)
    with pytest.raises(SettingError, match=f"^The setting QUANYU_{name} is wrong: ") as caught:
        load_settings()
    assert value not in str(caught.value) or name == "LOG_LEVEL"
    assert "cret" not in str(caught.value)
    assert f"QUANYU_{name} 有误" in caught.value.sentence("zh")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://quanyu:se%40cret@db:5432/quanyu",
        "postgresql://quanyu@first,second:5433/quanyu?target_session_attrs=read-write",
        "postgresql://quanyu:secret@/quanyu?host=/run/postgresql",
        "postgresql:///quanyu",
    ],
)
def test_addresses_that_postgresql_understands_are_taken(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUANYU_DATABASE_URL", address)
    assert load_settings().database_url == address


def test_a_broken_file_and_a_name_that_it_may_not_hold_are_told(bare: Path) -> None:
    (bare / "quanyu.toml").write_text("port = = 1\n", encoding="utf-8")
    with pytest.raises(SettingError, match="it is not TOML"):
        load_settings()
    (bare / "quanyu.toml").write_text("prot = 1\n", encoding="utf-8")
    with pytest.raises(SettingError, match="QUANYU_PROT is wrong: there is no such setting"):
        load_settings()


def test_production_must_name_its_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUANYU_DATABASE_URL", "postgresql:///quanyu")
    assert load_settings().require_database().port == 8050
    with pytest.raises(SettingError, match="QUANYU_REDIS_URL"):
        load_settings().require_servers()


def test_a_misspelt_variable_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUANYU_PROT", "1")
    monkeypatch.setenv("QUANYU_PORT", "1")
    assert unknown_variables() == ["QUANYU_PROT"]
