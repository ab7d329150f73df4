"""The wire between the leading relay and the hubs: a log of frames, a channel and a snapshot in Redis,
disposable.

Owns the keys and the rule that only the newest leader can publish. Leaves listening to
`data_access.listening`, and what a frame holds to `dashboard.domain.messages`.

`quanyu:head` is "<epoch>-<offset>" of the last frame. It, the log and the snapshot live and die together:
where one is missing, everything counts as lost and the leader begins again with a snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from dashboard.errors import DashboardError

HEAD_KEY: Final = "quanyu:head"
LOG_KEY: Final = "quanyu:log"
SNAPSHOT_KEY: Final = "quanyu:snapshot"
STATUS_KEY: Final = "quanyu:status"
FRAMES_CHANNEL: Final = "quanyu:frames"
LOG_LENGTH: Final = 2000
STATUS_LIFE_S: Final = 60

T = TypeVar("T")


class BusAway(DashboardError, ConnectionError):
    """Redis cannot be reached: {reason}. Check that it runs and that QUANYU_REDIS_URL names it."""

    zh = "无法连接 Redis：{reason}。请确认其正在运行，并检查 QUANYU_REDIS_URL。"


class BusLost(DashboardError):
    """Redis has lost the log of frames; the leader writes it anew."""

    zh = "Redis 中的帧日志已丢失，主中继将重新写入。"


class Deposed(DashboardError):
    """Another relay leads now; this one stops publishing."""

    zh = "已有另一个中继成为主中继，本中继停止发布。"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A place in the log. Frames of a leader's epoch are numbered from 1; 0 is the snapshot it began with."""

    epoch: int
    offset: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place written as "<epoch>-<offset>"."""
        epoch, offset = text.split("-")
        return cls(epoch=int(epoch), offset=int(offset))


class LeaderBus(Protocol):
    """What a leader needs of the wire. All raise BusAway; Deposed where a higher epoch has written."""

    def head(self) -> Place | None:
        """Where the log ends, if there is one."""

    def begin(self, place: Place, snapshot: bytes) -> None:
        """A new, empty log that goes on after `place`, with the snapshot as of `place`."""

    def publish(self, place: Place, frame: bytes, keep: int = LOG_LENGTH) -> None:
        """Log a frame and send it, once however often called. BusLost if it does not follow on the log.

        `keep`: how many frames the log must hold at least.
        """

    def save_snapshot(self, place: Place, snapshot: bytes) -> None:
        """Replace the snapshot. Raises BusLost."""

    def save_status(self, status: Mapping[str, Any]) -> None:
        """What the leader says of itself; forgotten when it is not renewed."""


_HEAD_LUA: Final = """
local function refusal(epoch)
  local head = redis.call('GET', KEYS[1])
  if not head then return 'lost' end
  local head_epoch, head_offset = string.match(head, '^(%d+)-(%d+)$')
  if tonumber(head_epoch) > epoch then return 'deposed' end
  if tonumber(head_epoch) < epoch or redis.call('EXISTS', KEYS[2], KEYS[3]) < 2 then return 'lost' end
  return nil, tonumber(head_offset)
end
local epoch, offset = tonumber(ARGV[1]), tonumber(ARGV[2])
local place = ARGV[1] .. '-' .. ARGV[2]
"""

_BEGIN_LUA: Final = (
    _HEAD_LUA
    + """
if refusal(epoch) == 'deposed' then return 'deposed' end
redis.call('DEL', KEYS[2])
if offset > 0 or epoch > 0 then
  redis.call('XADD', KEYS[2], place, 'f', '')
  redis.call('XDEL', KEYS[2], place)
end
redis.call('SET', KEYS[3], ARGV[3])
redis.call('SET', KEYS[1], place)
return 'ok'
"""
)

_PUBLISH_LUA: Final = (
    _HEAD_LUA
    + """
local refused, last = refusal(epoch)
if refused then return refused end
if last == offset then return 'ok' end
if last ~= offset - 1 then return 'lost' end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], place, 'f', ARGV[3])
redis.call('SET', KEYS[1], place)
redis.call('PUBLISH', ARGV[5], ARGV[3])
return 'ok'
"""
)

_SNAPSHOT_LUA: Final = (
    _HEAD_LUA
    + """
local refused, last = refusal(epoch)
if refused then return refused end
redis.call('SET', KEYS[3], ARGV[3])
return 'ok'
"""
)


class RedisBus:
    """The leader's side of the wire in Redis or Valkey.

    Connects at the first use, never retries by itself.
    """

    def __init__(self, redis_url: str, *, timeout_s: float = 2.0) -> None:
        self._client: redis.Redis = redis.Redis.from_url(
            redis_url,
            protocol=2,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._begin = self._client.register_script(_BEGIN_LUA)
        self._publish = self._client.register_script(_PUBLISH_LUA)
        self._snapshot = self._client.register_script(_SNAPSHOT_LUA)

    def head(self) -> Place | None:
        """Where the log ends, if there is one."""
        head = _reached(lambda: self._client.get(HEAD_KEY))
        return Place.parse(head.decode()) if isinstance(head, bytes) else None

    def begin(self, place: Place, snapshot: bytes) -> None:
        """A new, empty log that goes on after `place`, with the snapshot as of `place`."""
        self._run(self._begin, place, snapshot)

    def publish(self, place: Place, frame: bytes, keep: int = LOG_LENGTH) -> None:
        """Log a frame and send it, once however often called. BusLost if it does not follow on the log."""
        self._run(self._publish, place, frame, max(keep, LOG_LENGTH), FRAMES_CHANNEL)

    def save_snapshot(self, place: Place, snapshot: bytes) -> None:
        """Replace the snapshot. Raises BusLost."""
        self._run(self._snapshot, place, snapshot)

    def save_status(self, status: Mapping[str, Any]) -> None:
        """What the leader says of itself; forgotten when it is not renewed."""
        text = json.dumps(status, separators=(",", ":"))
        _reached(lambda: self._client.set(STATUS_KEY, text, ex=STATUS_LIFE_S))

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def _run(self, script: Script, place: Place, *values: bytes | int | str) -> None:
        keys = [HEAD_KEY, LOG_KEY, SNAPSHOT_KEY]
        answer = _reached(lambda: script(keys=keys, args=[place.epoch, place.offset, *values]))
        raise_refusal(answer.decode())


def raise_refusal(answer: str) -> None:
    """Turns the wire's answer into the error that it means; "ok" means none."""
    if answer == "deposed":
        raise Deposed
    if answer == "lost":
        raise BusLost


def _reached(call: Callable[[], T]) -> T:
    try:
        return call()
    except (redis.RedisError, OSError) as error:
        # a full, loading or read-only server is as good as none: wait and try again
        raise BusAway(reason=type(error).__name__) from error
