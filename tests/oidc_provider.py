"""An OpenID Connect provider in small, of Authlib's own server side, that runs in a thread of the test.

Whoever comes is signed in as the person that the test chose; nobody is asked for a password.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "quanyu", "a-secret-for-a-test"  # the client's, as both sides know it


class Registered(ClientMixin):  # type: ignore[misc]
    """The one client of this provider."""

    client_id = CLIENT
    client_secret = SECRET

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri.endswith("/login/callback")

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


@dataclass
class Code:
    """An authorisation code that was given out."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    person: dict[str, Any]
    auth_time: int = field(default_factory=lambda: int(time.time()))

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Provider:
    """The provider. `person`: the claims of whoever comes next; `spoil`: changes the claims of an ID token;
    `signing`: the key that signs, another one than is published where a test wants that."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        self.signing = self.key
        self.person: dict[str, Any] = {"sub": "1"}
        self.spoil: dict[str, Any] = {}
        self.codes: dict[str, Code] = {}
        self.app = self._app()

    def _app(self) -> Flask:
        app = Flask("provider")
        server = AuthorizationServer(app, query_client=lambda _id: Registered(), save_token=lambda *_: None)
        server.register_grant(self._code_grant(), [self._open_id(), CodeChallenge(required=True)])

        @app.get("/.well-known/openid-configuration")
        def discovery() -> Response:
            return jsonify(
                issuer=self.issuer,
                authorization_endpoint=f"{self.issuer}/authorize",
                token_endpoint=f"{self.issuer}/token",
                jwks_uri=f"{self.issuer}/keys",
            )

        @app.get("/keys")
        def keys() -> Response:
            return jsonify(keys=[self.key.as_dict(private=False)])

        @app.get("/authorize")
        def authorize() -> Any:
            grant = server.get_consent_grant(end_user=self.person)
            return server.create_authorization_response(request, grant_user=self.person, grant=grant)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response(request)

        return app

    def _code_grant(self) -> type[grants.AuthorizationCodeGrant]:
        provider = self

        class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

            def save_authorization_code(self, code: str, asked: Any) -> None:
                data = asked.payload.data
                provider.codes[code] = Code(
                    code=code,
                    redirect_uri=asked.payload.redirect_uri,
                    scope=asked.payload.scope,
                    nonce=data.get("nonce"),
                    code_challenge=data.get("code_challenge"),
                    code_challenge_method=data.get("code_challenge_method"),
                    person=dict(asked.user),
                )

            def query_authorization_code(self, code: str, _client: object) -> Code | None:
                return provider.codes.get(code)

            def delete_authorization_code(self, code: Code) -> None:
                del provider.codes[code.code]

            def authenticate_user(self, code: Code) -> dict[str, Any]:
                return code.person

        return Grant

    def _open_id(self) -> OpenIDCode:
        provider = self

        class Open(OpenIDCode):  # type: ignore[misc]
            def exists_nonce(self, _nonce: str, _request: object) -> bool:
                return False

            def resolve_client_private_key(self, _client: object) -> RSAKey:
                return provider.signing

            def get_client_algorithm(self, _client: object) -> str:
                return "RS256"

            def get_encode_header(self, _client: object) -> dict[str, str]:
                return {"alg": "RS256", "kid": str(provider.signing.kid)}

            def get_client_claims(self, _client: object) -> dict[str, Any]:
                return {"iss": provider.issuer}

            def generate_user_info(self, user: dict[str, Any], _scope: str) -> UserInfo:
                return UserInfo(**{**user, **provider.spoil})

        return Open()


@contextmanager
def running_provider(port: int) -> Iterator[Provider]:
    """The provider, answering on a port of this machine."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # on loopback there is no TLS
    provider = Provider(port)
    server = make_server("127.0.0.1", port, provider.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="provider", daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        del os.environ["AUTHLIB_INSECURE_TRANSPORT"]
