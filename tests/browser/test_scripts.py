"""The page's own logic without a page: the store over the contract's samples, formats, trails, backoff."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dashboard import i18n
from tests.browser.page import scripts

CONTRACT = Path(__file__).resolve().parents[1] / "contract"


def sample(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((CONTRACT / f"{name}.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with the scripts that need no wall."""
    made = browser.new_page()
    scripts(
        made,
        "words",
        "format",
        "workers-store",
        "store",
        "figures",
        "trails-store",
        "stream",
        "clock",
        "target-label",
    )
    made.evaluate("both => quanyu.words.open(both, 'zh')", i18n.both())
    yield made
    made.close()


@pytest.fixture
def store(page: Page) -> Page:
    """The page with the contract's snapshot loaded as `state`."""
    page.evaluate("snapshot => { window.state = quanyu.store.load(snapshot); }", sample("snapshot"))
    return page


def apply(page: Page, name: str, **place: int) -> None:
    page.evaluate("frame => { window.changes = quanyu.store.apply(state, frame); }", sample(name) | place)


def test_every_kind_of_frame_is_understood(store: Page) -> None:
    for offset, file in enumerate(sorted(CONTRACT.glob("*.json")), 123):
        if file.stem != "snapshot":
            apply(store, file.stem, offset=offset)
            assert (
                store.evaluate("Object.values(changes).some(one => one === true || one.size > 0)")
                or file.stem == "alert"
            )


def test_counts_are_absolute_and_keep_the_rest(store: Page) -> None:
    apply(store, "counts")
    counts = store.evaluate("state.counts.get('510117001')")
    assert counts["open"] == 23
    assert counts["passed.dispatch"] == 40
    assert counts["reported"] == 0
    assert store.evaluate("state.counts.get('5101170010010001').overdue") == 1


def test_older_frames_change_nothing(store: Page) -> None:
    apply(store, "counts", offset=125)
    apply(store, "beat", offset=124)
    assert store.evaluate("[state.offset, changes.beat]") == [125, False]
    apply(store, "beat", epoch=6, offset=900)
    assert store.evaluate("changes.beat") is False
    apply(store, "beat", epoch=8, offset=1)
    assert store.evaluate("[state.epoch, changes.beat]") == [8, True]


def test_an_older_version_of_an_event_is_dropped(store: Page) -> None:
    apply(store, "event")
    old = sample("event") | {"offset": 130}
    old["parts"][0]["e"] |= {"v": 3, "stage": "report"}
    store.evaluate("frame => quanyu.store.apply(state, frame)", old)
    assert store.evaluate("state.events.get(42).v") == 5


def test_an_event_that_moved_is_where_it_went(store: Page) -> None:
    apply(store, "event_moved")
    assert store.evaluate("[state.events.get(42).r, state.events.get(42).state]") == [
        "5101170020010001",
        "open",
    ]


def test_records_are_bounded_and_pressing_ones_stay(store: Page) -> None:
    kept = store.evaluate(
        "record => { for (let i = 0; i < 500; i++) quanyu.store.apply(state, { epoch: 7, offset: 200 + i, kind: 'event',"
        " parts: [{ s: '', e: { ...record, id: 1000 + i, u: record.u + i, late: i === 0 ? 1 : 0 } }] });"
        " return [state.events.size, state.events.has(1000), state.events.has(1499)]; }",
        sample("event")["parts"][0]["e"],
    )
    assert kept[0] <= 75
    assert kept[1:] == [True, True]


def test_workers_move_appear_and_go(store: Page) -> None:
    apply(store, "move")
    place = "state.workers.index.get(7)"
    assert store.evaluate(f"[state.workers.places[2 * {place}], state.workers.places[2 * {place} + 1]]") == [
        10388700 + 12,
        3081200 - 40,
    ]
    assert store.evaluate("state.workers.index.has(9)") is True
    assert store.evaluate("state.workers.flags[state.workers.index.get(11)]") == 9


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("count(1286)", "1,286"),
        ("count(-7)", "\u22127"),
        ("count(null)", "—"),
        ("rate(9997, 10000)", "99.9"),
        ("rate(0, 0)", "—"),
        ("rate(0, 5)", "0.0"),
        ("rate(5, 5)", "100.0"),
        ("signed(16)", "+16"),
        ("signed(-7)", "\u22127"),
        ("signed(0)", "0"),
        ("duration(94440000)", "26 时 14 分"),
        ("duration(400000000)", "4 天 15 时"),
        ("age(4000)", "4 秒"),
        ("age(372000)", "6 分 12 秒"),
    ],
)
def test_formats(page: Page, expression: str, shown: str) -> None:
    assert page.evaluate(f"quanyu.format.{expression}") == shown


def test_rates_are_compared_in_points_and_stocks_in_percent(page: Page) -> None:
    assert page.evaluate("quanyu.figures.delta(96.4, 95.6, 'rate')") == {"way": "up", "size": 0.8}
    assert page.evaluate("quanyu.figures.delta(1148, 1184, 'share')") == {"way": "down", "size": 3}
    assert page.evaluate("quanyu.figures.delta(5, 0, 'share')") is None
    assert page.evaluate("quanyu.figures.delta(37, 37, 'count')") == {"way": "flat", "size": 0}


def test_load_classes(page: Page) -> None:
    classes = page.evaluate("[0, 1, 2, 3, 4, 5, 6, 8, 9, 40].map(quanyu.figures.loadClass)")
    assert classes == [0, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_trail_keeps_half_an_hour_and_no_more(page: Page) -> None:
    sizes = page.evaluate(
        "(() => { const s = quanyu.trailsStore; const all = s.create(1); for (let t = 0; t < 36000; t++) s.note(all, 0, t, t, t * 1000);"
        " const p = s.points(all, 0); return [p.length, p[p.length - 1][2], p.every((q, i) => !i || q[2] > p[i - 1][2])]; })()"
    )
    assert sizes == [80, 35_999_000, True]


def test_what_the_server_remembers_comes_before_what_was_heard(page: Page) -> None:
    times = page.evaluate(
        "(() => { const s = quanyu.trailsStore; const all = s.create(1); s.note(all, 0, 0, 0, 600000);"
        " s.prepend(all, 0, [[0, 0, 100000], [0, 0, 200000], [0, 0, 700000]]); return s.points(all, 0).map(p => p[2]); })()"
    )
    assert times == [100_000, 200_000, 700_000]


def test_backoff_grows_to_five_seconds_with_jitter(page: Page) -> None:
    waits = page.evaluate("[1, 2, 3, 4, 5, 6, 7, 30].map(n => quanyu.stream.backoff(n))")
    assert all(1000 <= wait <= 5_000 for wait in waits)
    assert waits[-1] >= 2_500


def test_streets_below_the_least_n_are_not_ranked(store: Page) -> None:
    rows = store.evaluate(
        "(() => { Object.assign(state.counts.get('510117001'), { 'on_time_due.n': 9, 'on_time_due.d': 10 });"
        " Object.assign(state.counts.get('510117002'), { 'on_time_due.n': 4, 'on_time_due.d': 4 });"
        " return quanyu.figures.ranking(state).map(r => [r.code, r.place, r.colour]); })()"
    )
    assert rows == [["510117001", 1, "warn"], ["510117002", None, "off"]]


def test_the_words_of_a_target_stand_where_no_line_goes(page: Page) -> None:
    """Yesterday's line waves around the target; only its first third is away from it."""
    words = {"width": 40, "height": 12}

    def placed(*lines: Sequence[Sequence[float]]) -> dict[str, float]:
        plot = {"width": 150, "height": 60, "target": 30, "lines": lines}
        found: dict[str, float] = page.evaluate(
            "([plot, words]) => quanyu.targetLabel.place(plot, words)", [plot, words]
        )
        assert 0 <= found["x"] <= 150 - words["width"]
        assert 0 <= found["y"] <= 60 - words["height"]
        return found

    assert placed() == {"x": 110, "y": 18}
    above = placed([[0, 50], [50, 22], [150, 22]])
    assert above == {"x": 110, "y": 30}
    both = placed([[0, 2], [50, 2], [60, 22], [150, 22]], [[60, 38], [150, 38]])
    assert both["x"] + words["width"] <= 60
    full = placed(*([[0, y], [150, y]] for y in range(0, 60, 5)))
    assert abs(full["y"] - 30) <= 24
