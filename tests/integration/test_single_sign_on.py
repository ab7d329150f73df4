"""Signing in through a real provider on this machine: state, nonce, PKCE, signatures, groups."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import psycopg
import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import Engine

from dashboard.access.oidc import Errand, Provider, ProviderError, SingleSignOn, read_groups
from dashboard.access.tickets import IDLE, digest
from data_access.engine import make_engine
from data_access.queries.access import User, user_by_session
from tests import oidc_provider
from tests.integration.streaming import free_port
from tests.oidc_provider import CLIENT, SECRET, running_provider

HERE = "http://127.0.0.1:8050/login/callback"
GROUPS = """
[groups.heads]
roles = ["leader"]
everything = true
[groups.first]
roles = ["supervisor"]
regions = ["510117001"]
departments = ["CG"]
[groups.second]
roles = ["analyst"]
regions = ["510117002"]
departments = ["GA"]
"""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[oidc_provider.Provider]:
    with running_provider(free_port()) as provider:
        yield provider


@pytest.fixture
def provider(elsewhere: oidc_provider.Provider) -> oidc_provider.Provider:
    elsewhere.person = {"sub": "17", "preferred_username": "Li.Hua", "name": "Li", "groups": ["heads"]}
    elsewhere.spoil = {}
    elsewhere.signing = elsewhere.key
    return elsewhere


@pytest.fixture
def engine(conn: psycopg.Connection[object], database_url: str) -> Iterator[Engine]:
    assert not conn.closed
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def sso(engine: Engine, provider: oidc_provider.Provider, tmp_path: Path) -> SingleSignOn:
    file = tmp_path / "groups.toml"
    file.write_text(GROUPS)
    named = Provider(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, groups=read_groups(file))
    return SingleSignOn(engine, named)


class Stay(urllib.request.HTTPRedirectHandler):
    """A browser that stops at each redirect."""

    def redirect_request(self, *_: object) -> None:
        return None


def travel(address: str) -> dict[str, str]:
    """What the provider sends the browser back with."""
    try:
        urllib.request.build_opener(Stay).open(address)
    except urllib.error.HTTPError as answer:
        back = answer.headers["location"]
        answer.close()
    assert back.startswith(HERE)
    return dict(parse_qsl(urlsplit(back).query))


def come_back(sso: SingleSignOn, errand: Errand, query: dict[str, str]) -> str:
    now = datetime.now(UTC)
    return sso.welcome(HERE, query, errand.text(), now, address="192.0.2.1", agent="test").token


def signed_in(sso: SingleSignOn, engine: Engine) -> User:
    address, errand = sso.send_off(HERE)
    token = come_back(sso, errand, travel(address))
    now = datetime.now(UTC)
    with engine.connect() as conn:
        found = user_by_session(conn, digest(token), now, now - IDLE)
    assert found is not None
    return found[0]


def test_the_first_sign_in_makes_a_user_and_groups_follow_at_every_one(
    sso: SingleSignOn, engine: Engine, provider: oidc_provider.Provider
) -> None:
    first = signed_in(sso, engine)
    assert (first.login, first.name, first.roles, first.regions) == ("li.hua", "Li", ("leader",), None)
    assert first.password is None
    provider.person["groups"] = ["first", "second", "unheard-of"]
    again = signed_in(sso, engine)
    assert (again.id, again.roles) == (first.id, ("analyst", "supervisor"))
    assert again.regions == ("510117001", "510117002")
    assert again.departments == ("CG", "GA")


def test_a_taken_login_gets_another_name_not_another_account(
    sso: SingleSignOn, engine: Engine, provider: oidc_provider.Provider
) -> None:
    first = signed_in(sso, engine)
    provider.person["sub"] = "18"
    second = signed_in(sso, engine)
    assert second.id != first.id
    assert second.login.startswith("li.hua.")


def test_the_question_carries_state_nonce_and_a_challenge(sso: SingleSignOn) -> None:
    address, errand = sso.send_off(HERE)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (asked["state"], asked["nonce"]) == (errand.state, errand.nonce)
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert errand.verifier not in address


def refuses(sso: SingleSignOn, errand: Errand, query: dict[str, str]) -> None:
    with pytest.raises(ProviderError):
        come_back(sso, errand, query)


def test_an_answer_for_another_browser_is_refused(sso: SingleSignOn) -> None:
    address, errand = sso.send_off(HERE)
    query = travel(address)
    _, other = sso.send_off(HERE)
    refuses(sso, other, query)
    refuses(sso, errand, {**query, "state": ""})
    stolen = Errand(state=errand.state, nonce=errand.nonce, verifier=other.verifier)
    refuses(sso, stolen, query)


def test_another_nonce_is_refused(sso: SingleSignOn) -> None:
    address, errand = sso.send_off(HERE)
    query = travel(address)
    refuses(sso, Errand(state=errand.state, nonce="x", verifier=errand.verifier), query)


def test_a_code_works_once(sso: SingleSignOn) -> None:
    address, errand = sso.send_off(HERE)
    query = travel(address)
    come_back(sso, errand, query)
    refuses(sso, errand, query)


@pytest.mark.parametrize("claims", [{"groups": []}, {"groups": ["unheard-of"]}, {"groups": "x"}])
def test_nobody_without_a_known_group_gets_in(
    sso: SingleSignOn, provider: oidc_provider.Provider, claims: dict[str, object]
) -> None:
    provider.person |= claims
    address, errand = sso.send_off(HERE)
    refuses(sso, errand, travel(address))


@pytest.mark.parametrize(
    "claims",
    [{"iss": "http://127.0.0.1:1"}, {"aud": "another"}, {"exp": 1000}, {"nonce": "y"}, {"azp": "another"}],
)
def test_tokens_that_are_not_for_us_are_refused(
    sso: SingleSignOn, provider: oidc_provider.Provider, claims: dict[str, object]
) -> None:
    provider.spoil = claims
    address, errand = sso.send_off(HERE)
    refuses(sso, errand, travel(address))


def test_a_token_signed_by_another_key_is_refused(
    sso: SingleSignOn, provider: oidc_provider.Provider
) -> None:
    provider.signing = RSAKey.generate_key(2048, {"use": "sig", "kid": str(provider.key.kid)})
    address, errand = sso.send_off(HERE)
    refuses(sso, errand, travel(address))


def test_a_disabled_user_stays_out(sso: SingleSignOn, engine: Engine) -> None:
    user = signed_in(sso, engine)
    with engine.begin() as conn:
        conn.exec_driver_sql("update board.users set disabled_at = now() where id = %s", (user.id,))
    address, errand = sso.send_off(HERE)
    refuses(sso, errand, travel(address))


def test_a_provider_without_tls_elsewhere_is_not_taken(engine: Engine) -> None:
    named = Provider(issuer="http://example.com", client_id=CLIENT, client_secret=SECRET, groups={})
    with pytest.raises(ValueError, match="https"):
        SingleSignOn(engine, named)
