"""Tokens: how they are carried, remembered and counted."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping

import pytest

from dashboard.reception.rates import Rates
from dashboard.reception.tokens import DEVICE, Book, carried, digest, new_token


def test_tokens_differ_and_only_their_hash_is_ever_kept() -> None:
    made = {new_token(DEVICE) for _ in range(1000)}
    assert len(made) == 1000
    assert all(one.startswith(DEVICE) and len(one) == len(DEVICE) + 24 for one in made)
    assert len({digest(one) for one in made}) == 1000


def basic(text: str) -> bytes:
    return b"Basic " + b64encode(text.encode())


@pytest.mark.parametrize(
    ("header", "query", "expected"),
    [
        (b"Bearer abc", {}, "abc"),
        (b"bearer  abc ", {}, "abc"),
        (b"Bearer", {"token": "q"}, "q"),
        (basic("user:pass:word"), {}, "pass:word"),
        (basic("user"), {}, None),
        (b"Basic !!!", {"token": "q"}, None),
        (b"", {"token": "q", "api_key": "k"}, "q"),
        (b"", {"api_key": " k "}, "k"),
        (b"", {}, None),
    ],
)
def test_a_token_is_found_where_clients_put_it(
    header: bytes, query: Mapping[str, str], expected: str | None
) -> None:
    assert carried({b"authorization": header}, query, ("token", "api_key")) == expected


async def test_keys_that_come_together_are_asked_about_together_and_once() -> None:
    asked: list[list[int]] = []
    go, asking = asyncio.Event(), asyncio.Event()

    async def look_up(keys: list[int]) -> dict[int, str]:
        asked.append(sorted(keys))
        asking.set()
        await go.wait()
        return {key: f"found {key}" for key in keys if key < 10}

    book: Book[int, str] = Book(look_up)
    waiting = [asyncio.create_task(book.find(key)) for key in (1, 2, 1, 11)]
    await asking.wait()
    later = asyncio.create_task(book.find(3))
    go.set()
    assert [await one for one in waiting] == ["found 1", "found 2", "found 1", None]
    assert await later == "found 3"
    assert asked == [[1, 2, 11], [3]]
    assert await book.find(1) == "found 1"
    assert await book.find(11) is None
    assert asked[2:] == [[11]]
    book.forget_found("found 1")
    await book.find(1)
    assert asked[3:] == [[1]]


async def test_a_failed_question_fails_those_who_asked_and_no_later_one() -> None:
    answers: list[dict[int, str] | Exception] = [OSError("away"), {1: "found"}]

    async def look_up(_keys: list[int]) -> dict[int, str]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    book: Book[int, str] = Book(look_up)
    with pytest.raises(OSError, match="away"):
        await book.find(1)
    assert await book.find(1) == "found"


def test_a_bucket_holds_ten_seconds_and_fills_steadily() -> None:
    rates = Rates(device_rate=2.0, system_rate=100.0)
    assert [rates.wait_s(1, device=True, now_s=0.0) for _ in range(20)] == [0.0] * 20
    assert rates.wait_s(1, device=True, now_s=0.0) == pytest.approx(0.5)
    assert rates.wait_s(2, device=False, now_s=0.0) == 0.0
    assert rates.wait_s(1, device=True, now_s=0.5) == 0.0
    assert rates.wait_s(1, device=True, now_s=0.5) == pytest.approx(0.5)
    assert [rates.wait_s(1, device=True, now_s=1000.0) for _ in range(21)][-2:] == [0.0, pytest.approx(0.5)]
