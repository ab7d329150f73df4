"""Requests at random out of a description in OpenAPI 3.1: sound ones, almost sound ones, and hostile ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

Schema = dict[str, Any]
HOSTILE = (
    "",
    "\0",
    "a\0b",
    "'; drop table ops.events; --",
    '"><img src=x onerror=alert(1)>',
    "=1+1",
    "%",
    "_",
    "\\",
    "../../../etc/passwd",
    "a/b",
    "..",
    ",",
    ",,a",
    "{x}",
    "%(x)s",
    "-1",
    "0",
    "1e309",
    "nan",
    "9" * 30,
    "9223372036854775808",
    "２０２６",
    "0001-01-01",
    "9999-12-31T23:59:59+14:00",
    "2026-02-30",
    "2026-11-20T10:00:00-99:99",
    "\U0001f600" * 40,
    "\u202e\u0000\ufeff",
    "a" * 3_000,
)
WILD: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(HOSTILE),
        st.text(max_size=12),
        st.just("\ud800"),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
RAW_QUERIES = (
    "%ff%fe",
    "%00",
    "a=%",
    "&&&=",
    "region=%ed%a0%80",
    "x[]=1",
    "a;b",
    "lang=zz",
    "limit=1&limit=x",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One address with one method. `body`: what it takes, None for nothing; `answers`: schemas by status."""

    method: str
    path: str
    parameters: Sequence[Schema] = ()
    body: Schema | None = None
    answers: Mapping[str, Schema | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None


def operations(document: Schema) -> list[Operation]:
    """All that a description describes."""
    return [
        Operation(
            method=method.upper(),
            path=path,
            parameters=told.get("parameters", ()),
            body=_content(told.get("requestBody", {})),
            answers={status: _content(answer) for status, answer in told["responses"].items()},
        )
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]


def _content(told: Schema) -> Schema | None:
    found: Schema | None = told.get("content", {}).get("application/json", {}).get("schema")
    return found


class Asking:
    """Makes requests. `known`: values that the site has, by the name of a parameter or property."""

    def __init__(self, document: Schema, known: Mapping[str, Sequence[Any]]) -> None:
        self._schemas = document["components"]["schemas"]
        self._known = known

    @st.composite
    @staticmethod
    def _request(draw: st.DrawFn, self: Asking, operation: Operation) -> Asked:
        target, query, headers = operation.path, [], {}
        for one in operation.parameters:
            if not one["required"] and draw(st.integers(0, 3)):
                continue
            name, value = one["name"], self._word(draw, one["name"], one["schema"])
            if one["in"] == "path":
                target = target.replace(f"{{{name}}}", quote(value, safe="") or "%20")
            elif one["in"] == "header":
                headers[name] = value.encode("ascii", "ignore").decode().replace("\0", "")
            else:
                query.append((name, value))
        text = urlencode(query)
        if not draw(st.integers(0, 9)):
            text += "&" + draw(st.sampled_from(RAW_QUERIES))
        body = None if operation.method == "GET" else draw(self.bodies(operation.body))
        headers = {name: value.strip() for name, value in headers.items() if value.isprintable()}
        if body is not None:
            headers["content-type"] = "application/json"
        return Asked(method=operation.method, target=f"{target}?{text}", headers=headers, body=body)

    def requests(self, operation: Operation) -> st.SearchStrategy[Asked]:
        """Requests to one address."""
        return self._request(self, operation)

    def bodies(self, schema: Schema | None) -> st.SearchStrategy[bytes]:
        """Bodies that mostly follow a schema."""
        sound = WILD if schema is None else self.values("", schema)
        raw = st.sampled_from((b"", b"{", b"[" * 5_000, b"\xff\xfe", b"null", b'{"a":1e999}', b"[]" * 9_000))
        return st.one_of(sound.map(_json), sound.map(_json), WILD.map(_json), raw)

    def values(self, name: str, schema: Schema) -> st.SearchStrategy[Any]:
        """Values of a schema, now and then something else."""
        if "$ref" in schema:
            return self.values(name, self._schemas[schema["$ref"].rpartition("/")[2]])
        if choice := schema.get("oneOf", schema.get("anyOf")):
            return st.one_of([self.values(name, one) for one in choice])
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        sound = [self._sound(name, schema, kind) for kind in kinds]
        return st.one_of(*sound, *sound, *sound, WILD)

    def _sound(self, name: str, schema: Schema, kind: str) -> st.SearchStrategy[Any]:
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return st.lists(self.values(name, schema["items"]), max_size=3)
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", -(2**70)), schema.get("maximum", 2**70)
            known = [one for one in self._known.get(name, ()) if isinstance(one, (int, float))]
            whole = st.integers(int(low), int(high)) | st.sampled_from((-1, 0, 1, 2**31, 2**63))
            return st.one_of(whole, st.sampled_from(known)) if known else whole
        if kind == "boolean":
            return st.booleans()
        return st.none() if kind == "null" else self._text(name, schema)

    def _object(self, schema: Schema) -> st.SearchStrategy[Any]:
        parts = {name: self.values(name, one) for name, one in schema.get("properties", {}).items()}
        needed = set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {name: part for name, part in parts.items() if name in needed},
            optional={name: part for name, part in parts.items() if name not in needed},
        )

    def _text(self, name: str, schema: Schema) -> st.SearchStrategy[str]:
        known = [str(one) for one in self._known.get(name, ())]
        if schema.get("format") in ("date", "date-time"):
            known += ["2026-11-20", "2026-11-20T08:00:00+08:00"]
        hostile = st.sampled_from(HOSTILE) | st.text(max_size=20)
        return st.one_of(st.sampled_from(known), st.sampled_from(known), hostile) if known else hostile

    def _word(self, draw: st.DrawFn, name: str, schema: Schema) -> str:
        """A value as a word of an address."""
        value = draw(self.values(name, schema))
        text = value if isinstance(value, str) else json.dumps(value)
        return text.encode("utf-8", "ignore").decode()


def _json(value: Any) -> bytes:
    """JSON as programs write it; halves of characters stay escaped."""
    return json.dumps(value).encode()
