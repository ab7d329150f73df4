"""Documents of Open311 GeoReport v2 in both of its forms, JSON and XML, read and written.

Owns the forms. In memory a document is what its JSON is: lists and objects; a scalar that was read is a text or
None, so that both forms of one document read alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from dashboard.reception.calls import Answer, Headers, json_answer, parse_json
from dashboard.reception.refusals import NotXml, WrongShape

XML: Final = b"text/xml; charset=utf-8"
DEEPEST: Final = 12
MOST_TAGS: Final = 100_000
"""Of a thousand requests, each with fifty fields that begin and end; a tree takes far more memory than its text."""
_NOT_XML: Final = re.compile("[^\\t\\n\\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML can hold."""
ITEMS: Final[Mapping[str, str]] = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "extended_attributes": "",
}
"""Elements that hold a list, and what its items are called; "" for an object of that kind."""


class Form(StrEnum):
    """How a document is written."""

    JSON = "json"
    XML = "xml"


def parse(body: bytes, form: Form) -> Any:  # noqa: ANN401 - JSON
    """A document. Raises NotJson, NotXml."""
    if form is Form.JSON:
        return _plain(parse_json(body), 0)
    if body.count(b"<") > MOST_TAGS:
        raise NotXml(reason="too many elements")
    try:
        root = fromstring(body, forbid_dtd=True)
        return _value(root, 0)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise NotXml(reason=type(error).__name__) from error


def requests_in(body: bytes, form: Form) -> list[dict[str, Any]]:
    """The service requests of a document. Raises NotJson, NotXml, WrongShape."""
    found = parse(body, form)
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise WrongShape(expected="a document service_requests", expected_zh=" service_requests 文档")
    return found


def document(root: str, value: Any, form: Form, status: int = 200, headers: Headers | None = None) -> Answer:  # noqa: ANN401
    """A value as the document of that root element."""
    if form is Form.JSON:
        return json_answer(value, status, headers)
    element = Element(root)
    _fill(element, value)
    text = tostring(element, encoding="utf-8", xml_declaration=True)
    return Answer(status=status, body=text, content_type=XML, headers=headers or [])


def _plain(value: Any, depth: int) -> Any:  # noqa: ANN401 - JSON
    if depth > DEEPEST:
        raise WrongShape(expected="less nested", expected_zh="嵌套更少的内容")
    if isinstance(value, dict):
        return {str(key): _plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if value is None:
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.strip() or None


def _value(element: Element, depth: int) -> Any:  # noqa: ANN401 - JSON
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    item = ITEMS.get(_name(element))
    if item:
        return [_value(child, depth + 1) for child in element if _name(child) == item]
    if len(element):
        return {_name(child): _value(child, depth + 1) for child in element}
    return (element.text or "").strip() or None


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _fill(element: Element, value: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        for one in value:
            _fill(SubElement(element, ITEMS[element.tag]), one)
    elif isinstance(value, dict):
        for name, one in value.items():
            _fill(SubElement(element, name), one)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = _NOT_XML.sub("", str(value))
