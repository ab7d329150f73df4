"""The web process over real HTTP with a real Valkey: streams, snapshots, scopes, and how all of it ends."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from dashboard.domain.messages import FrameKind
from dashboard.embedded import PostgresServer
from data_access.bus import HEAD_KEY, LOG_KEY, RedisBus
from tests.conftest import own_database
from tests.integration.streaming import OpenStream, answers, ask, eventually, free_port, web_process
from tests.leaders import DISTRICT, FIRST, SECOND, Leader

GZIP = "gzip"


@dataclass
class Web:
    """A running web process and the leader that it follows."""

    port: int
    process: subprocess.Popen[bytes]
    leader: Leader
    wire: redis.Redis

    def id(self, number: int) -> str:
        """Id of the frame that the leader tells as its `number`th in this test."""
        return f"{self.leader.epoch}:{number + 1}"

    def stream(
        self, at: str | None = "now", *, plain: bool = False, small_window: bool = False, **headers: str
    ) -> OpenStream:
        """Open a stream; "now" is the position before the test's first frame."""
        query = [f"from={self.id(0) if at == 'now' else at}"] if at else []
        query += ["plain=1"] if plain else []
        named = {"accept_encoding": GZIP, **headers}
        return OpenStream(self.port, "/live/stream?" + "&".join(query), small_window=small_window, **named)

    def position(self) -> tuple[int, int]:
        found = ask(self.port, "/live/snapshot").json()
        return found["epoch"], found["offset"]

    def caught_up(self) -> None:
        """Until the process has what the leader told. A snapshot may be a second old."""
        eventually(
            lambda: (
                answers(self.port, "/live/snapshot")
                and self.position() == (self.leader.epoch, self.leader.offset)
            )
        )

    def metric(self, name: str) -> float:
        text = ask(self.port, "/metrics").body.decode()
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


@pytest.fixture(scope="module")
def environment(postgres: PostgresServer, wire_url: str) -> Iterator[dict[str, str]]:
    """What a web process needs to know. Nothing here reads the district from the database."""
    with own_database(postgres) as url:
        own = {"QUANYU_DATABASE_URL": url, "QUANYU_REDIS_URL": wire_url}
        yield {**os.environ, **own, "PYTHONWARNINGS": "default"}


@pytest.fixture
def wire(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def leader(redis_url: str) -> Iterator[Leader]:
    """Each test has a leader of its own, of a higher epoch than the one before."""
    bus = RedisBus(redis_url)
    yield Leader(bus, epoch=next(epochs))
    bus.close()


epochs = itertools.count(10, 10)


@dataclass
class Process:
    """A web process."""

    port: int
    child: subprocess.Popen[bytes]


@contextmanager
def process(environment: dict[str, str], log: Path) -> Iterator[Process]:
    port = free_port()
    with web_process("-m", "tests.integration.scoped_web", str(port), log=log, **environment) as child:
        eventually(lambda: answers(port, "/healthz"))
        yield Process(port=port, child=child)
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def lasting(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One web process for many tests: it sees a new leader for each."""
    with process(environment, tmp_path_factory.mktemp("web") / "log") as one:
        yield one


@pytest.fixture
def web(lasting: Process, leader: Leader, wire: redis.Redis) -> Web:
    return following(lasting, leader, wire)


@pytest.fixture
def own_web(environment: dict[str, str], leader: Leader, wire: redis.Redis, tmp_path: Path) -> Iterator[Web]:
    """A web process that the test may end."""
    with process(environment, tmp_path / "log") as one:
        yield following(one, leader, wire)


def following(one: Process, leader: Leader, wire: redis.Redis) -> Web:
    """Wait until the process follows the leader, which begins with a beat."""
    found = Web(port=one.port, process=one.child, leader=leader, wire=wire)
    leader.beat()
    found.caught_up()
    return found


def told(stream: OpenStream) -> list[int]:
    return [one["data"][0]["c"][DISTRICT]["open"] for one in stream.events if one["event"] == "counts"]


def test_a_snapshot_and_the_stream_from_its_position_join_without_a_gap(web: Web) -> None:
    for _ in range(5):
        web.leader.tell()
    web.caught_up()
    snapshot = ask(web.port, "/live/snapshot").json()
    assert snapshot["indicators"][DISTRICT]["open"] == 5
    with web.stream(f"{snapshot['epoch']}:{snapshot['offset']}") as stream:
        web.leader.tell()
        stream.until_id(web.id(6))
        assert told(stream) == [6]


def test_plain_and_gzip_say_the_same_and_every_stream_of_a_scope_is_the_same(web: Web) -> None:
    packed = [web.stream() for _ in range(3)]
    plain = [web.stream(plain=True), web.stream(accept_encoding="br"), web.stream(accept_encoding="gzip;q=0")]
    for number in range(30):
        web.leader.tell()
        web.leader.tell_parts(FrameKind.MOVE, {FIRST: {"at": 5, "m": [[7, 0, number, 1, 0]]}})
    for stream in packed + plain:
        stream.until_id(web.id(60))
    assert {stream.headers.get("content-encoding") for stream in packed} == {"gzip"}
    assert {stream.headers.get("content-encoding") for stream in plain} == {None}
    assert len({bytes(stream.body) for stream in packed}) == 1
    assert len({bytes(stream.text) for stream in packed + plain}) == 1
    assert told(packed[0]) == list(range(1, 31))
    for stream in packed + plain:
        stream.close()


def test_a_stream_goes_on_where_it_was_cut(web: Web) -> None:
    with web.stream() as first:
        for _ in range(3):
            web.leader.tell()
        first.until_id(web.id(3))
    for _ in range(3):
        web.leader.tell()
    with web.stream(web.id(1), last_event_id=web.id(3)) as again:
        again.until_id(web.id(6))
        assert told(again) == [4, 5, 6]


@pytest.mark.parametrize("at", [None, "6:3", "{epoch}:999999", "999999:1"])
def test_a_stream_that_cannot_go_on_begins_with_a_reset(web: Web, at: str | None) -> None:
    with web.stream(at.format(epoch=web.leader.epoch) if at else None) as stream:
        web.leader.tell()
        events = stream.until_id(web.id(1))
        assert [one["event"] for one in events] == ["reset", "counts"]


def test_a_lost_subscription_loses_no_frame(web: Web) -> None:
    with web.stream() as stream:
        web.leader.tell()
        stream.until_id(web.id(1))
        before = web.metric("quanyu_hub_connections_total")
        web.wire.client_kill_filter(_type="pubsub")
        for _ in range(5):
            web.leader.tell()
        stream.until_id(web.id(6))
        assert told(stream) == [1, 2, 3, 4, 5, 6]
        assert web.metric("quanyu_hub_connections_total") == before + 1


def test_a_frame_that_never_came_by_is_read_from_the_log(web: Web) -> None:
    with web.stream() as stream:
        before = web.metric("quanyu_hub_holes_total")
        web.leader.value += 1
        frame = web.leader.frame(FrameKind.COUNTS, {"": {"as_of": "x", "c": {DISTRICT: {"open": 1}}}})
        web.wire.xadd(LOG_KEY, {"f": frame}, id=str(web.leader.place))
        web.wire.set(HEAD_KEY, str(web.leader.place))
        web.leader.tell()
        stream.until_id(web.id(2))
        assert told(stream) == [1, 2]
        assert web.metric("quanyu_hub_holes_total") == before + 1


def test_after_flushall_the_stream_goes_on(web: Web) -> None:
    with web.stream() as stream:
        web.leader.tell()
        stream.until_id(web.id(1))
        web.wire.flushall()
        web.leader.begin()
        web.leader.tell()
        stream.until_id(web.id(2))
        assert told(stream) == [1, 2]


def test_a_new_leaders_difference_comes_as_ordinary_frames(web: Web) -> None:
    with web.stream() as stream:
        web.leader.tell()
        stream.until_id(web.id(1))
        new = Leader(web.leader.bus, epoch=web.leader.epoch + 1, value=40)
        new.tell()
        stream.until_id(f"{new.epoch}:1")
        assert told(stream) == [1, 40, 41]
        with web.stream(web.id(1)) as again:
            again.until_id(f"{new.epoch}:1")
            assert told(again) == [40, 41]


def test_a_stream_that_is_not_read_falls_behind_and_ends_up_right(web: Web) -> None:
    noise = {"at": 5, "m": [[n, 1, n * 7919 % 9001, n * 104729 % 8999, 0] for n in range(5000)]}
    with web.stream(small_window=True) as slow, web.stream() as quick:
        for _ in range(100):
            web.leader.tell_parts(FrameKind.MOVE, {FIRST: noise})
            web.leader.tell()
            quick.read(0.001)
        quick.until_id(web.id(200))
        assert web.metric('quanyu_drops_total{how="behind"}') >= 1
        slow.widen()
        slow.until_id(web.id(200))
        assert told(slow)[-1] == 100
        assert len(told(slow)) < 100
        assert told(quick) == list(range(1, 101))
        web.leader.tell()
        slow.until_id(web.id(201))


def test_a_stream_of_one_street_never_has_a_byte_of_another(web: Web) -> None:
    with web.stream(x_streets=FIRST) as mine, web.stream(x_streets=SECOND) as other, web.stream() as whole:
        for number in range(20):
            web.leader.tell()
            web.leader.tell_parts(
                FrameKind.MOVE,
                {
                    FIRST: {"at": 5, "m": [[7, 0, number, 1, 0]]},
                    SECOND: {"at": 5, "m": [[11, 0, number, 1, 0]]},
                },
            )
            web.leader.beat()
        for stream in (mine, other, whole):
            stream.until_id(web.id(60))
        assert SECOND.encode() not in mine.text
        assert FIRST.encode() not in other.text
        assert f'"{DISTRICT}"'.encode() not in mine.text + other.text
        assert {one["event"] for one in mine.events} == {"move", "beat"}
        assert len(whole.events) == 60
    snapshot = ask(web.port, "/live/snapshot", x_streets=FIRST)
    assert SECOND.encode() not in snapshot.body
    assert snapshot.json()["scope"] == [FIRST]
    assert DISTRICT not in snapshot.json()["indicators"]
    trails = ask(web.port, "/live/trails", x_streets=FIRST).json()
    assert set(trails["t"]) <= {"7", "8"}


def test_closed_streams_are_gone_within_seconds(web: Web) -> None:
    streams = [web.stream() for _ in range(40)]
    eventually(lambda: web.metric("quanyu_clients") == 40)
    for stream in streams:
        stream.close()
    eventually(lambda: web.metric("quanyu_clients") == 0, seconds=3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_streams_and_process_within_five_seconds(own_web: Web, number: signal.Signals) -> None:
    streams = [own_web.stream(plain=one % 2 == 0) for one in range(30)]
    began = time.monotonic()
    own_web.process.send_signal(number)
    for stream in streams:
        stream.until_end(5)
    own_web.process.wait(5)
    assert time.monotonic() - began < 5
    for stream in streams:
        stream.close()


@pytest.mark.parametrize(
    "query",
    ["from=abc", "from=7", "from=7:x", "from=-1:2", "plain=2", "plain=yes", "from=", "from=1:2&plain=%00"],
)
def test_a_question_that_makes_no_sense_gets_400_and_a_sentence(web: Web, query: str) -> None:
    answer = ask(web.port, f"/live/stream?{query}", accept_language="en")
    assert answer.status == 400
    assert "makes no sense" in answer.json()["error"]["message"]
    assert ask(web.port, "/live/stream", last_event_id="nonsense").status == 400
    assert ask(web.port, "/live/stream", method="POST").status == 405


def test_before_the_first_snapshot_the_answer_is_503_and_says_when_to_come_back(
    environment: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    with process(environment, tmp_path / "log") as one:
        for path in ("/live/snapshot", "/live/stream", "/live/trails"):
            answer = ask(one.port, path, cookie="lang=en")
            assert answer.status == 503
            assert answer.headers["retry-after"] == "2"
            assert answer.json()["error"]["message"] == "There is no live data yet. Try again in a moment."
        assert ask(one.port, "/live/snapshot").json()["error"]["message"] == "暂无实时数据，请稍后再试。"
        ready = ask(one.port, "/readyz")
        assert ready.status == 503
        assert {finding["part"] for finding in ready.json()["late"]} == {"snapshot", "relay"}
        bus = RedisBus(redis_url)
        leader = Leader(bus, epoch=next(epochs))
        leader.tell()
        eventually(lambda: answers(one.port, "/live/snapshot"))
        leader.beat()
        eventually(lambda: ask(one.port, "/readyz").status == 200)
        bus.close()


def test_readiness_names_a_wire_that_is_away(web: Web) -> None:
    web.leader.beat()
    eventually(lambda: ask(web.port, "/readyz").status == 200)
    web.wire.config_set("maxclients", 1)
    web.wire.client_kill_filter(_type="pubsub")
    web.wire.client_kill_filter(_type="normal", skipme=True)
    try:
        eventually(lambda: "redis" in {one["part"] for one in ask(web.port, "/readyz").json()["late"]})
        assert ask(web.port, "/healthz").status == 200
    finally:
        web.wire.config_set("maxclients", 10000)
    eventually(lambda: ask(web.port, "/readyz").status == 200)


def test_the_server_as_shipped_ends_with_all_its_processes(
    environment: dict[str, str], leader: Leader, tmp_path: Path
) -> None:
    port = free_port()
    command = ("app.py", "serve", "--port", str(port), "--workers", "2")
    local = {**environment, "QUANYU_SIGN_IN": "demo"}
    with web_process(*command, log=tmp_path / "log", **local) as parent:
        eventually(lambda: (tmp_path / "log").read_text().count("Application startup complete") == 2)
        streams: list[OpenStream] = []

        def six_are_open() -> bool:
            stream = OpenStream(port, f"/live/stream?from={leader.epoch}:0")
            if stream.status == 200:
                streams.append(stream)
            else:  # this process has not heard from the leader yet
                stream.close()
            return len(streams) == 6

        eventually(six_are_open)
        leader.tell()
        for stream in streams:
            stream.until_id(f"{leader.epoch}:1")
        began = time.monotonic()
        parent.send_signal(signal.SIGTERM)
        for stream in streams:
            stream.until_end(5)
        parent.wait(5)
        assert time.monotonic() - began < 5
        for stream in streams:
            stream.close()
