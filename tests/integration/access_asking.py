"""Ways to ask the web process as somebody, and what the table and the record have of it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from dashboard.domain.policy import Role
from data_access.queries.audit import MOST, AuditQuestion, search
from tests.integration.access_table import ALLOWED, OUTSIDE
from tests.signed_site import Client, SignedSite

CALLBACK: Final = "/_dash-update-component"


def refused(client: Client, path: str) -> bool:
    """Whether an address is refused, as a program asks and as a browser opens it."""
    answers = [client.ask(path), client.page(path)]
    codes = {answer.status for answer in answers}
    assert not any(status >= 500 for status in codes), (path, codes)
    no = {401, 403}
    turned = answers[1].status == 303 and answers[1].headers["location"].startswith("/login?next=")
    if answers[0].status in no:
        assert answers[1].status in no or turned, path
        return True
    assert not turned, path
    return False


def ask_callback(client: Client, output: str) -> int:
    """The status of a callback that is asked without what it needs."""
    body = json.dumps({"output": output, "outputs": {}, "inputs": [], "changedPropIds": []})
    return client.ask("/_dash-update-component", "POST", body, content_type="application/json").status


def shown(client: Client, path: str, query: str = "") -> str:
    """What the callback of pages answers about an address."""
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": path}],
        "changedPropIds": ["url.pathname"],
        "state": [{"id": "url", "property": "search", "value": query and f"?{query}"}],
    }
    return client.ask(CALLBACK, "POST", json.dumps(body), content_type="application/json").body.decode()


def laid_out(client: Client, path: str, query: str = "") -> str:
    """What a page that is opened at an address holds, or the refusal."""
    address = f"http://127.0.0.1:{client.port}{path}{query and f'?{query}'}"
    answer = client.ask("/_dash-layout", referer=address)
    if answer.status != 200:
        return answer.body.decode()
    _, page = answer.json()["props"]["children"]
    return json.dumps(page)


def spellings(address: str) -> list[str]:
    """Other ways to write an address."""
    path, mark, query = address.partition("?")
    first, _, rest = path[1:].partition("/")
    spelt = [
        f"/{path}",
        f"//{first}//{rest}",
        f"{path}/",
        f"/./{path[1:]}",
        f"/x/..{path}",
        f"/assets/..{path}",
        f"/assets/%2e%2e{path}",
        f"/login/..{path}",
        f"/healthz/..{path}",
        path.upper(),
        "/" + "".join(f"%{ord(letter):02x}" for letter in first) + f"/{rest}",
        f"/{quote(path[1:], safe='')}",
        f"/%2f{path[1:]}",
        f"{path};x",
        f"{path}%00",
        path.replace("/", "\\"),
    ]
    return [one + mark + query for one in spelt if one.strip("/")]


def whose(address: str) -> Collection[Role]:
    """The roles that an address is for, by the line of the table that is like it."""
    return next(roles for line, roles in ALLOWED.items() if kind_of(line) == kind_of(address))


def kind_of(address: str) -> str:
    """An address without what it is about."""
    path = address.partition("?")[0]
    return re.sub(rf"/(\d{{9,}}|IN|{OUTSIDE}|W\d)(?=/|$)|(?<=/export/)[^/?]+", "/x", path)


def carrying(site: SignedSite, token: str) -> list[Client]:
    """Whoever has a token of a phone or a system, and shows it as such, as a session or as a wall."""
    cookies: list[dict[str, str]] = [{}, {"quanyu_session": token}, {"quanyu_kiosk": token}]
    return [Client(site.port, one, {"authorization": f"Bearer {token}"}) for one in cookies]


def refusals(site: SignedSite, actor: str) -> set[str]:
    """What somebody was refused, as the record has it."""
    with site.engine.connect() as conn:
        rows = search(conn, AuditQuestion(actor=actor, outcome="refused", limit=MOST))
    return {row.about for row in rows}
