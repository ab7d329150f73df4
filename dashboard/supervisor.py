"""Keeps children alive: starts them, brings a dead one back with growing, jittered pauses, ends all of them in time.

Knows nothing of what they do; `runtime` says which there are.
"""

from __future__ import annotations

import logging
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.embedded.process import Child
from dashboard.errors import DashboardError

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 60.0


def pause_s(failures: int, *, luck: float) -> float:
    """How long to wait before the next start after `failures` in a row. `luck` from 0 to 1 spreads the starts."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** max(0, failures - 1)) * (0.5 + luck / 2)


@dataclass(slots=True, kw_only=True)
class Post:
    """One child that should always run. `launch` starts it; `child` is the present one, if any."""

    name: str
    launch: Callable[[], Child]
    child: Child | None = None
    failures: int = 0
    started_s: float = 0.0
    due_s: float = 0.0
    last_words: str = ""


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """The posts, in the order in which they were filled."""

    posts: list[Post] = field(default_factory=list)
    luck: Callable[[], float] = random.random

    def add(self, post: Post) -> None:
        """Take over a post; it starts at once if it has no child yet."""
        self.posts.append(post)
        if post.child is None:
            post.child = post.launch()
        post.started_s = time.monotonic()

    def tend(self, now_s: float) -> None:
        """Notice who died, and start again whoever's pause is over. `now_s` is of the monotonic clock."""
        for post in self.posts:
            if post.child is not None and post.child.code() is not None:
                self._mourn(post, post.child, now_s)
            if post.child is None and now_s >= post.due_s:
                self._revive(post, now_s)

    def end(self, grace_s: float) -> None:
        """End all children: asked first, killed with all that they started when the grace is over."""
        children = [post.child for post in self.posts if post.child is not None]
        for child in children:
            child.tell(signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        for child in children:
            if not child.wait(deadline - time.monotonic()):
                log.warning("a child did not end in time", extra={"action": "kill", "child": child.name})
            child.finish()
        self.posts.clear()

    def _mourn(self, post: Post, child: Child, now_s: float) -> None:
        if now_s - post.started_s >= HEALTHY_AFTER_S:
            post.failures = 0
        post.failures += 1
        post.due_s = now_s + pause_s(post.failures, luck=self.luck())
        child.finish()
        post.last_words = child.tail[-1] if child.tail else ""
        post.child = None
        log.warning(
            "a child ended and will come back",
            extra={"action": "ended", "child": post.name, "code": child.code(), "failures": post.failures},
        )

    def _revive(self, post: Post, now_s: float) -> None:
        post.started_s = now_s
        try:
            post.child = post.launch()
        except (OSError, DashboardError) as error:
            post.failures += 1
            post.due_s = now_s + pause_s(post.failures, luck=self.luck())
            log.warning(
                "a child did not start", extra={"action": "start", "child": post.name, "why": str(error)}
            )
        else:
            log.info("a child was started again", extra={"action": "start", "child": post.name})
