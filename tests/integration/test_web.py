"""The web process besides its streams: pages behind the door, the map, trails, health, and what they send along."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from dashboard.embedded import PostgresServer
from data_access.bus import RedisBus
from tests.builders import insert_event, insert_shift, insert_worker, make_district, put_position
from tests.conftest import TEMPLATE
from tests.integration.streaming import answers, ask, eventually, free_port, web_process
from tests.leaders import FIRST, SECOND, SNAPSHOT, Leader

GRID = "5101170010010001"
VERSION = SNAPSHOT["map_version"]
WALKED = 5
CALLBACK = "/_dash-update-component"
FIX = "worker_id, fixed_at, received_at, lon, lat"
PAGE = {
    "output": "page.children",
    "outputs": {"id": "page", "property": "children"},
    "inputs": [{"id": "url", "property": "pathname", "value": "/"}],
    "changedPropIds": ["url.pathname"],
    "state": [{"id": "url", "property": "search", "value": ""}],
}


@pytest.fixture(scope="module")
def port(postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A web process over a district with one worker who has walked, and one event."""
    with psycopg.connect(postgres.url(), autocommit=True) as conn:
        conn.execute(f"create database test_web template {TEMPLATE} strategy file_copy")
    with psycopg.connect(postgres.url("test_web")) as conn:
        make_district(conn, streets=2, communities=1, grids=1)
        insert_event(conn, code="PD1")
        worker = insert_worker(conn, id=7)
        insert_shift(conn, worker)
        for minute in range(WALKED):
            at = datetime.now(UTC) - timedelta(minutes=WALKED - minute)
            fix = (worker, at, at, 103.80 + minute * 1e-4, 30.70)
            conn.execute(f"insert into ops.positions ({FIX}) values (%s, %s, %s, %s, %s)", fix)
        put_position(conn, worker, 103.80 + minute * 1e-4, 30.70, fixed_at=at)
    bus = RedisBus(wire_url)
    Leader(bus).beat()
    port, log = free_port(), tmp_path_factory.mktemp("web") / "log"
    environment = {
        **os.environ,
        "QUANYU_DATABASE_URL": postgres.url("test_web"),
        "QUANYU_REDIS_URL": wire_url,
    }
    with web_process("-m", "tests.integration.scoped_web", str(port), log=log, **environment):
        eventually(lambda: answers(port, "/live/snapshot"))
        yield port
    bus.close()
    assert "Traceback" not in log.read_text()


def test_the_page_comes_with_a_policy_that_allows_no_inline_script_but_its_own(port: int) -> None:
    page = ask(port, "/")
    assert page.status == 200
    policy = page.headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "sha256-" in scripts
    for name in ("x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy"):
        assert name in page.headers
    assert "server" not in page.headers


def test_every_script_and_style_of_the_page_comes_from_here(port: int) -> None:
    text = ask(port, "/").body.decode()
    found = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(found) > 10
    assert all(address.startswith("/") and not address.startswith("//") for address in found)
    assert all(ask(port, address).status == 200 for address in found)


def test_pages_are_packed_for_those_who_take_it(port: int) -> None:
    plain, packed = ask(port, "/"), ask(port, "/", accept_encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 3


def test_scripts_and_styles_of_ours_are_two_files_that_are_kept_for_ever(port: int) -> None:
    text = ask(port, "/region/500").body.decode()
    own = re.findall(r'(?:src|href|data-\w+)="(/assets/[^"]+\.(?:js|css))"', text)
    assert [re.sub(r"\.[0-9a-f]{16}\.", ".", one) for one in own] == [
        "/assets/quanyu.css",
        "/assets/quanyu.js",
        "/assets/stream.js",
        "/assets/movers.js",
    ]
    for address in own:
        plain, packed = ask(port, address), ask(port, address, accept_encoding="gzip")
        assert "immutable" in plain.headers["cache-control"]
        assert gzip.decompress(packed.body) == plain.body


def test_a_callback_answers(port: int) -> None:
    answer = ask(port, CALLBACK, "POST", json.dumps(PAGE), content_type="application/json")
    assert answer.status == 200
    assert "page" in answer.json()["response"]
    assert 'quanyu_callback_seconds_count{kind="callback"}' in ask(port, "/metrics").body.decode()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", ""])
def test_another_name_is_not_answered_to(port: int, host: str) -> None:
    assert ask(port, "/", host=host).status == 421
    assert ask(port, "/live/snapshot", host=host).status == 421
    assert ask(port, "/live/stream?from=1:1", host=host).status == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1", "[::1]:8050", "127.0.0.9"])
def test_loopback_has_many_names(port: int, host: str) -> None:
    assert ask(port, "/healthz", host=host).status == 200


def test_another_site_cannot_act_in_a_viewers_name(port: int) -> None:
    def from_site(origin: str) -> int:
        headers = {"origin": origin, "content_type": "application/json"}
        return ask(port, CALLBACK, "POST", json.dumps(PAGE), **headers).status

    others = (f"http://127.0.0.1:{port + 1}", "null", "", "//[")
    assert [from_site(site) for site in others] == [403] * len(others)
    assert from_site(f"http://127.0.0.1:{port}") == 200


def test_the_map_is_for_ever_and_cut_to_the_scope(port: int) -> None:
    answer = ask(port, f"/live/map/{VERSION}", accept_encoding="gzip")
    assert "immutable" in answer.headers["cache-control"]
    features = answer.json()["features"]
    assert [one["properties"]["code"] for one in features] == sorted(row[0] for row in SNAPSHOT["regions"])
    grid = next(one for one in features if one["properties"]["code"] == GRID)
    assert grid["properties"] == {"code": GRID, "level": "grid", "parent": "510117001001"}
    assert min(map(tuple, grid["geometry"]["coordinates"][0])) == (103.8, 30.7)
    etag = answer.headers["etag"]
    assert ask(port, f"/live/map/{VERSION}", if_none_match=etag).status == 304
    street = ask(port, f"/live/map/{VERSION}", x_streets=FIRST)
    assert {one["properties"]["code"] for one in street.json()["features"]} == {FIRST, "510117001001", GRID}
    assert street.headers["etag"] != etag
    assert ask(port, "/live/map/unknown").status == 404


def test_the_address_of_the_map_leads_to_the_one_of_now(port: int) -> None:
    answer = ask(port, "/live/map")
    assert (answer.status, answer.headers["location"]) == (307, f"/live/map/{VERSION}")
    assert answer.headers["cache-control"] == "no-store"


def test_the_workers_of_a_region_are_those_whose_grid_lies_in_it(port: int) -> None:
    all_workers = SNAPSHOT["workers"]
    for code in (FIRST, GRID):
        answer = ask(port, f"/live/workers/{code}").json()
        expected = {row[0] for row in all_workers if row[2].startswith(code)}
        assert {row[0] for row in answer["workers"]} == expected
        assert set(answer) == {"epoch", "offset", "as_of", "workers"}
    assert ask(port, f"/live/workers/{FIRST}", x_streets=SECOND).status == 404
    assert ask(port, "/live/workers/none").status == 404


def test_trails_reach_back_to_before_the_process_began(port: int) -> None:
    eventually(lambda: "7" in ask(port, "/live/trails", x_streets=f"{FIRST},{SECOND},fresh").json()["t"])
    found = ask(port, "/live/trails", x_streets=FIRST).json()
    assert [point[1] for point in found["t"]["7"]][-2:] == [10380030, 10380040]
    assert "7" in ask(port, f"/live/trails?region={GRID}").json()["t"]
    assert ask(port, f"/live/trails?region={SECOND}").json()["t"].keys() <= {"11"}
    assert ask(port, f"/live/trails?region={FIRST}", x_streets=SECOND).status == 404
    assert ask(port, "/live/trails", x_streets=SECOND).json()["t"].keys() <= {"11"}


def test_the_interface_gives_numbers_within_the_scope(port: int) -> None:
    everything = ask(port, "/api/v1/indicators?region=510117&keys=open").json()
    assert everything["indicators"]["open"]["value"] == 1
    assert ask(port, f"/api/v1/indicators?region={SECOND}", x_streets=FIRST).status == 404


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/regions/a/b", "/live/nothing", "/live/stream/"])
def test_scripts_are_told_when_there_is_nothing(port: int, path: str) -> None:
    answer = ask(port, path)
    assert answer.status == 404
    assert answer.json()["error"]["code"] == "nothing_here"


def test_scripts_are_told_how_an_address_is_asked(port: int) -> None:
    for method, path, allowed in (
        ("GET", "/api/v1/posture", "POST"),
        ("PUT", "/api/v1/regions", "GET, HEAD"),
    ):
        answer = ask(port, path, method)
        assert (answer.status, answer.headers["allow"]) == (405, allowed)
        assert answer.json()["error"]["code"] == "other_method"
    assert ask(port, "/api/v1/supervision/x/close", "POST").json()["error"]["code"] == "nothing_here"


@pytest.mark.parametrize("code", ["%ff", "x" * 5000, "%27%3B--"])
def test_codes_that_no_region_can_have_are_unknown(port: int, code: str) -> None:
    assert ask(port, f"/api/v1/regions/{code}").status == 404
    assert ask(port, f"/api/v1/indicators?region={code}").status == 404


@pytest.mark.parametrize("code", ["%00", "a%00b"])
def test_a_zero_byte_is_no_part_of_an_address(port: int, code: str) -> None:
    assert ask(port, f"/api/v1/regions/{code}").status == 400
    assert ask(port, f"/api/v1/indicators?region={code}").status == 400


@pytest.mark.parametrize("code", ["\0", "\ud800"])
def test_the_page_of_a_code_that_no_region_can_have_is_a_sentence(port: int, code: str) -> None:
    asked = {**PAGE, "inputs": [{"id": "url", "property": "pathname", "value": f"/region/{code}"}]}
    answer = ask(port, CALLBACK, "POST", json.dumps(asked), content_type="application/json")
    assert answer.status == 200
    assert "没有区域" in json.dumps(answer.json(), ensure_ascii=False)


@pytest.mark.parametrize("referrer", ["", "//[", "about:blank", "http://127.0.0.1", "\xff"])
def test_a_page_that_does_not_say_where_it_is_is_empty_at_first(port: int, referrer: str) -> None:
    answer = ask(port, "/_dash-layout", referer=referrer)
    assert answer.status == 200
    assert answer.json()["props"]["children"][1]["props"]["children"] is None


def test_a_script_that_is_not_there_is_not_found(port: int) -> None:
    assert ask(port, "/_dash-component-suites/dash/nothing.js").status == 404


def test_readiness_and_metrics_say_how_it_goes(port: int) -> None:
    assert ask(port, "/healthz").json() == {"status": "ok"}
    parts = {one["part"] for one in ask(port, "/readyz").json()["late"]}
    assert parts <= {"relay", "outbox"}
    text = ask(port, "/metrics").body.decode()
    for name in (
        "quanyu_relay_lag_seconds",
        "quanyu_outbox_depth",
        "quanyu_frames_total",
        "quanyu_clients",
        "quanyu_drops_total",
        "quanyu_callback_seconds_bucket",
        "process_resident_memory_bytes",
    ):
        assert name in text


def test_both_languages_are_spoken(port: int) -> None:
    path = "/live/map/unknown"
    chinese, english = "没有版本", "There is no map"
    assert chinese in ask(port, path).body.decode()
    assert chinese in ask(port, path, accept_language="fr").body.decode()
    assert english in ask(port, path, accept_language="en-GB,zh;q=0.5").body.decode()
    assert chinese in ask(port, path, accept_language="en", cookie="a=b; lang=zh").body.decode()
