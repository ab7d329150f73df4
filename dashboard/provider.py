"""The provider that the settings name: its secret and its groups read from their files, once, at the start."""

from __future__ import annotations

from sqlalchemy import Engine

from dashboard.access.oidc import Provider, SingleSignOn, read_groups
from dashboard.config import Settings, variable
from dashboard.errors import SettingError


def sign_on_of(settings: Settings, engine: Engine) -> SingleSignOn | None:
    """The single sign-on that is set up; None where none is. SettingError."""
    if not settings.oidc_issuer:
        return None
    if settings.oidc_secret_file is None or settings.oidc_groups is None or not settings.oidc_client_id:
        reason = "it needs QUANYU_OIDC_CLIENT_ID, QUANYU_OIDC_SECRET_FILE and QUANYU_OIDC_GROUPS beside it"
        raise SettingError(name=variable("oidc_issuer"), reason=reason)
    try:
        secret = settings.oidc_secret_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(name=variable("oidc_secret_file"), reason="the file cannot be read") from error
    try:
        groups = read_groups(settings.oidc_groups)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingError(
            name=variable("oidc_groups"), reason=f"the file cannot be used ({error})"
        ) from error
    provider = Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=secret,
        groups=groups,
        claim=settings.oidc_claim,
    )
    try:
        return SingleSignOn(engine, provider)
    except ValueError as error:
        raise SettingError(name=variable("oidc_issuer"), reason=str(error)) from error
