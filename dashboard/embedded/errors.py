"""What can go wrong with the embedded servers, each as one sentence."""

from __future__ import annotations

from dashboard.errors import DashboardError


class UserUnavailable(DashboardError):
    """The system user {name} for PostgreSQL cannot be made ({reason}): make it, or do not start as root."""

    zh = "无法创建供 PostgreSQL 使用的系统用户 {name}（{reason}）：请手动创建，或不要以 root 身份启动。"


class DataVersionError(DashboardError):
    """
    The data in {path} was made by PostgreSQL {found}, but the programs here are of {have}. Dump it with
    the programs of version {found} (pg_dump --format=custom), start with an empty --data-dir, load the dump with
    pg_restore; or set QUANYU_POSTGRES_BIN to a folder with the programs of version {found}.
    """

    zh = (
        "{path} 中的数据由 PostgreSQL {found} 创建，而当前程序为 PostgreSQL {have}。请用 {found} 版的 "
        "pg_dump 导出，以空的 --data-dir 启动后用 pg_restore 导入；"
        "或将 QUANYU_POSTGRES_BIN 指向 {found} 版程序所在目录。"
    )


class StillRunning(DashboardError):
    """PostgreSQL (process {pid}) already runs on {path}: stop it first, or give another --data-dir."""

    zh = "PostgreSQL（进程 {pid}）正在使用 {path}：请先停止它，或另选 --data-dir。"


class ServerFailed(DashboardError):
    """{what} did not start: {reason}. Its log: {log}"""

    zh = "{what} 未能启动：{reason}。日志：{log}"
