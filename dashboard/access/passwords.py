"""Passwords: which are taken, and how they are kept (Argon2id, the library's own parameters)."""

from __future__ import annotations

import re
import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dashboard.errors import DashboardError

SHORTEST: Final = 10
LONGEST: Final = 200
LETTERS: Final = "23456789abcdefghijkmnpqrstuvwxyz"
COMMON: Final = re.compile(
    r"(pass ?w[o0]rd|p[a@]ssw[o0]rd|qwert[yz]*|asdf\w*|1q2w3e\w*|abc|admin\w*|root|welcome|letmein|iloveyou|"
    r"quanyu|test|woaini\w*|a?1?23456\w*|0?12345\w*|98765\w*|5201314)?[\W\d_]*",
    re.IGNORECASE,
)
"""A word that everybody tries first, and digits or signs around it."""


class WeakPassword(DashboardError):
    """
    A password has {shortest} characters or more, is no usual one, and does not hold the user's name. Choose another,
    such as four words.
    """

    zh = "密码至少 {shortest} 个字符，不能是常见密码，也不能包含用户名。请另选，例如四个词语。"


def new_password() -> str:
    """A first password for somebody: 78 bits of chance, in letters that can be told apart."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("a password that nobody has")


def check_new(password: str, login: str) -> None:
    """Whether a password may be chosen. WeakPassword."""
    weak = (
        not SHORTEST <= len(password) <= LONGEST
        or COMMON.fullmatch(password)
        or len(set(password)) < SHORTEST // 2
        or (len(login) > 2 and login.lower() in password.lower())
    )
    if weak:
        raise WeakPassword(shortest=SHORTEST)


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher().hash(password)


def right(kept: str | None, password: str) -> bool:
    """Whether that is the password. Takes as long where there is none to compare with."""
    try:
        _hasher().verify(kept or _nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(kept)
