"""Signing in with an account of the organisation: OpenID Connect, authorisation code flow with PKCE, by Authlib.

Owns what is asked of the provider and what is believed of its answer: the state and the nonce of this browser, a
signature by one of the provider's keys, issuer, audience and time. Groups become roles and scope at every sign-in, as
a file says; a person without any known group is not let in. Leaves sessions to `tickets`.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException
from sqlalchemy import Connection, Engine

from dashboard.access import audit
from dashboard.access.audit import Outcome
from dashboard.access.door import is_loopback
from dashboard.access.tickets import Ticket, open_session
from dashboard.access.users import Grant
from dashboard.domain.policy import NOBODY, Role, Viewer
from dashboard.errors import DashboardError
from data_access.queries.access import user_by_identity
from data_access.writes import access as writes

SIGNED_BY: Final = ["RS256", "ES256", "PS256", "EdDSA"]
LEEWAY_S: Final = 60
TIMEOUT_S: Final = 10
DISCOVERY: Final = "/.well-known/openid-configuration"


class ProviderError(DashboardError):
    """The organisation's sign-in did not work: {reason}. Try again, or use a password."""

    zh = "统一身份认证失败：{reason}。请重试，或使用密码登录。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who signs people in, and what its groups grant. `issuer`: its address, https but on this machine."""

    issuer: str
    client_id: str
    client_secret: str
    groups: Mapping[str, Grant]
    claim: str = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What this browser was sent off with: kept in a cookie until it comes back."""

    state: str
    nonce: str
    verifier: str

    def text(self) -> str:
        """As a cookie holds it."""
        return f"{self.state}.{self.nonce}.{self.verifier}"


def read_groups(path: Path) -> dict[str, Grant]:
    """The file of groups: `[groups.NAME]` with roles, regions, departments, everything. ValueError, KeyError."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["groups"]
    return {
        name: Grant(
            roles=[Role(role) for role in entry["roles"] if role != Role.WALL],
            regions=None if entry.get("everything") else list(entry.get("regions", [])),
            departments=list(entry["departments"]) if entry.get("departments") else None,
        )
        for name, entry in found.items()
    }


def united(grants: list[Grant]) -> Grant:
    """All that several groups grant together."""
    roles = {role for one in grants for role in one.roles}
    whole = any(one.regions is None for one in grants)
    free = any(one.departments is None for one in grants)
    return Grant(
        roles=sorted(roles),
        regions=None if whole else sorted({code for one in grants for code in one.regions or ()}),
        departments=None if free else sorted({code for one in grants for code in one.departments or ()}),
    )


class SingleSignOn:
    """One provider. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, provider: Provider) -> None:
        self._engine = engine
        self._provider = provider
        self._told: dict[str, Any] = {}
        if urlsplit(provider.issuer).scheme != "https" and not is_loopback(
            urlsplit(provider.issuer).hostname or ""
        ):
            raise ValueError("the provider's address must begin with https")

    def send_off(self, redirect_uri: str) -> tuple[str, Errand]:
        """Where to send the browser, and with what. ProviderError."""
        errand = Errand(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
        )
        with self._session(redirect_uri) as session:
            address, _ = session.create_authorization_url(
                self._metadata(session)["authorization_endpoint"],
                state=errand.state,
                nonce=errand.nonce,
                code_verifier=errand.verifier,
            )
        return str(address), errand

    def welcome(
        self,
        redirect_uri: str,
        query: Mapping[str, str],
        kept: str,
        now: datetime,
        *,
        address: str,
        agent: str,
    ) -> Ticket:
        """A session for who came back from the provider. ProviderError, on record."""
        try:
            claims = self._claims(redirect_uri, query, kept)
            return self._let_in(claims, now, address=address, agent=agent)
        except ProviderError as error:
            who = Viewer(login="", name="", roles=frozenset(), scope=NOBODY.scope, address=address)
            audit.note(
                self._engine, who, "session.begun", "sso", Outcome.REFUSED, reason=error.facts.get("reason")
            )
            raise

    def _claims(self, redirect_uri: str, query: Mapping[str, str], kept: str) -> dict[str, Any]:
        state, nonce, verifier = (*kept.split("."), "", "", "")[:3]
        if not state or not secrets.compare_digest(state.encode(), query.get("state", "").encode()):
            raise ProviderError(reason="the answer is not for this browser")
        if "code" not in query:
            raise ProviderError(reason="the provider refused")
        try:
            with self._session(redirect_uri) as session:
                metadata = self._metadata(session)
                answer = session.fetch_token(
                    metadata["token_endpoint"],
                    code=query["code"],
                    code_verifier=verifier,
                    grant_type="authorization_code",
                )
                keys = KeySet.import_key_set(session.get(metadata["jwks_uri"], withhold_token=True).json())
            return self._checked(str(answer.get("id_token", "")), keys, nonce)
        except (RequestException, OAuthError) as error:
            raise ProviderError(reason="the provider did not answer as it should") from error
        except (JoseError, ValueError, KeyError) as error:
            raise ProviderError(reason="the provider's answer is not signed as it should be") from error

    def _checked(self, token: str, keys: KeySet, nonce: str) -> dict[str, Any]:
        decoded = jwt.decode(token, keys, algorithms=SIGNED_BY)
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(decoded.claims)
        party = decoded.claims.get("azp")
        if party is not None and party != self._provider.client_id:
            raise ValueError("made for another party")
        return dict(decoded.claims)

    def _let_in(self, claims: Mapping[str, Any], now: datetime, *, address: str, agent: str) -> Ticket:
        named = claims.get(self._provider.claim, [])
        names = [str(name) for name in named] if isinstance(named, list) else [str(named)]
        grants = [self._provider.groups[name] for name in names if name in self._provider.groups]
        if not grants:
            raise ProviderError(reason="none of your groups may use this")
        with self._engine.begin() as conn:
            user_id, login = self._user(conn, claims, united(grants))
            who = Viewer(login=login, name="", roles=frozenset(), scope=NOBODY.scope, address=address)
            writes.note_sign_in(conn, user_id, now, None)
            audit.note(conn, who, "session.begun", "sso", groups=len(grants))
            return open_session(conn, user_id, now, address=address, agent=agent)

    def _user(self, conn: Connection, claims: Mapping[str, Any], grant: Grant) -> tuple[int, str]:
        """The user of an identity, with what the groups grant today; a new one at the first sign-in."""
        issuer, subject = self._provider.issuer, str(claims["sub"])
        found = user_by_identity(conn, issuer, subject)
        if found is not None:
            if found.disabled_at is not None:
                raise ProviderError(reason="your account here is disabled")
            if (found.roles, found.regions, found.departments) != as_stored(grant):
                writes.change_user(conn, found.id, grant.values())
            return found.id, found.login
        wished = str(claims.get("preferred_username") or claims.get("email") or subject).lower()[:60]
        values = {"name": str(claims.get("name") or wished)[:100], "issuer": issuer, "subject": subject}
        for login in (wished, f"{wished}.{secrets.token_hex(3)}"):
            made = writes.add_user(conn, {"login": login, **values, **grant.values()})
            if made is not None:
                return made, login
        raise ProviderError(reason="your name is taken here")

    def _session(self, redirect_uri: str) -> OAuth2Session:
        return OAuth2Session(
            self._provider.client_id,
            self._provider.client_secret,
            scope="openid profile email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT_S,
        )

    def _metadata(self, session: OAuth2Session) -> dict[str, Any]:
        """What the provider says of itself; its issuer must be the one that was configured."""
        if not self._told:
            try:
                answer = session.get(self._provider.issuer.rstrip("/") + DISCOVERY, withhold_token=True)
                told = dict(answer.json())
            except (RequestException, ValueError) as error:
                raise ProviderError(reason="the provider cannot be reached") from error
            if told.get("issuer") != self._provider.issuer:
                raise ProviderError(reason="the provider names itself otherwise")
            self._told = told
        return self._told


def as_stored(grant: Grant) -> tuple[tuple[str, ...], tuple[str, ...] | None, tuple[str, ...] | None]:
    """Roles, regions and departments as a user's row holds them."""
    regions = None if grant.regions is None else tuple(sorted(set(grant.regions)))
    departments = None if grant.departments is None else tuple(sorted(set(grant.departments)))
    return tuple(sorted(grant.roles)), regions, departments
