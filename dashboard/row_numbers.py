"""Numbers of rows in addresses: what no column can hold is no number, and no address of ours."""

from __future__ import annotations

from typing import Final

from starlette.convertors import Convertor, register_url_convertor


class RowNumber(Convertor[int]):
    """Up to 18 digits: fewer than a bigint has, and few enough to be read at once."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        """As a number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """As a part of an address."""
        return str(value)


register_url_convertor("row", RowNumber())  # routes read it by name as they are made

ID: Final = "{id:row}"
"""A row's number as a part of a route's path."""
