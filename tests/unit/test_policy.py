"""What the policy lets through: scopes, blocks of the stream, addresses, callbacks, passwords."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.access.door import local
from dashboard.access.forms import own_address
from dashboard.access.passwords import WeakPassword, check_new, new_password
from dashboard.access.viewers import scope_from
from dashboard.domain.filters import Filters
from dashboard.domain.messages import FrameKind
from dashboard.domain.permits import Entry, callback_need, need_of, permitted
from dashboard.domain.policy import ACTS, DEMO, NOBODY, NOTHING, Act, Role, Scope, Viewer

LEVELS = {"D": "district", "S1": "street", "S2": "street", "C1": "community", "G1": "grid"}


def viewer(*roles: Role, **more: bool) -> Viewer:
    return Viewer(login="x", name="x", roles=frozenset(roles), scope=NOTHING, **more)  # type: ignore[arg-type]


def test_granted_codes_become_a_scope_by_their_levels() -> None:
    assert scope_from(None, LEVELS, None) == Scope()
    assert scope_from(["S1", "D"], LEVELS, None) == Scope()
    assert scope_from([], LEVELS, None) == NOTHING
    found = scope_from(["S1", "C1", "G1", "gone"], LEVELS, ["A"])
    assert found == Scope(
        streets=frozenset({"S1"}), below=frozenset({"C1", "G1"}), departments=frozenset({"A"})
    )


def test_blocks_of_the_stream_are_whole_streets_of_all_departments() -> None:
    keys = ("", "S1", "S2")
    assert Scope().blocks(keys) == keys
    assert scope_from(["S1", "C1"], LEVELS, None).blocks(keys) == ("S1",)
    assert scope_from(["C1"], LEVELS, None).blocks(keys) == ()
    assert scope_from(None, LEVELS, ["A"]).blocks(keys) == ()
    for scope in (NOTHING, scope_from(["C1"], LEVELS, None), scope_from(None, LEVELS, ["A"])):
        assert scope.blocks(keys, FrameKind.BEAT) == ("",)
        assert not scope.everything


def test_departments_narrow_every_question() -> None:
    scope = Scope(departments=frozenset({"A", "B"}))
    assert scope.narrowed(Filters()).department == {"A", "B"}
    assert scope.narrowed(Filters(department=frozenset({"B", "C"}))).department == {"B"}
    assert scope.narrowed(Filters(department=frozenset({"C"}))).department == {""}
    assert Scope().narrowed(Filters()) == Filters()


@pytest.mark.parametrize(
    ("path", "need"),
    [
        ("/login", Entry.OPEN),
        ("/assets/js/wall.js", Entry.OPEN),
        ("/assets/../admin", Entry.SIGNED),
        ("/assets//admin", Entry.SIGNED),
        ("/login\\..\\admin", Entry.SIGNED),
        ("/admin", Act.ADMINISTER),
        ("/admin/", Act.ADMINISTER),
        ("/admin/whatever", Act.ADMINISTER),
        ("/admin/audit/export", Act.AUDIT),
        ("/admin/import/7", Act.IMPORT),
        ("/live/stream", Act.SEE_WALL),
        ("/api/v1/workers", Act.SEE_EVENTS),
        ("/api/v1/workers/W1/track", Act.SEE_TRACKS),
        ("/Live/Stream", Entry.SIGNED),
        ("/unheard/of", Entry.SIGNED),
    ],
)
def test_what_an_address_needs(path: str, need: object) -> None:
    assert need_of(path) == need


def test_a_callback_that_nobody_named_needs_an_administrator() -> None:
    assert callback_need("pages-are-not-page.children") == Act.ADMINISTER
    assert callback_need("..event-body.children...x.y..") == Act.SEE_EVENTS
    assert callback_need("") == Act.ADMINISTER


def test_who_fulfils_a_need() -> None:
    assert permitted(NOBODY, Entry.OPEN)
    assert not permitted(NOBODY, Entry.SIGNED)
    wall = viewer(Role.WALL, kiosk=True)
    assert permitted(wall, Act.SEE_WALL)
    assert not permitted(wall, Entry.PERSON)
    fresh = viewer(Role.LEADER, must_change=True)
    assert permitted(fresh, Entry.PERSON)
    assert not permitted(fresh, Act.SEE_WALL)
    assert all(permitted(DEMO, act) or act is Act.SEE_OWN_DAY for act in Act)
    assert not permitted(replace(DEMO, roles=frozenset()), Act.SEE_WALL)


def test_every_role_is_in_the_table_and_no_wall_sees_more_than_the_wall() -> None:
    assert set(ACTS) == set(Role)
    assert ACTS[Role.WALL] == {Act.SEE_WALL}
    clear = {role for role in Role if Act.SEE_PERSONAL in ACTS[role]}
    assert clear == {Role.SUPERVISOR}


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "Passw0rd!!!!", "1234567890", "aaaaaaaaaaaaaaaa", "wang-is-my-name", "x" * 201],
)
def test_usual_passwords_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_new(password, "wang")


def test_first_passwords_are_good_ones() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_new(password, "wang")


@pytest.mark.parametrize(
    ("given", "onward"),
    [
        ("/region/1?window=today", "/region/1?window=today"),
        ("//example.com", "/"),
        ("/\\example.com", "/"),
        ("https://example.com/", "/"),
        ("/\t/example.com", "/"),
        ("", "/"),
    ],
)
def test_only_own_addresses_are_gone_on_to(given: str, onward: str) -> None:
    assert own_address(given) == onward


@pytest.mark.parametrize(
    ("headers", "client", "found"),
    [
        ({"host": "localhost:8050"}, "127.0.0.1", True),
        ({"host": "[::1]:8050"}, "::1", True),
        ({"host": "wall.example.org"}, "127.0.0.1", False),
        ({"host": "localhost"}, "192.0.2.1", False),
        ({"host": "localhost", "x-forwarded-for": "192.0.2.1"}, "127.0.0.1", False),
        ({"host": "localhost", "forwarded": "for=192.0.2.1"}, "127.0.0.1", False),
        ({}, "127.0.0.1", False),
    ],
)
def test_the_demo_is_for_this_very_machine(headers: dict[str, str], client: str, found: bool) -> None:
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert local({"headers": sent, "client": (client, 5)}) is found
