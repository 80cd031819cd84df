"""Rows as CSV that survives Excel, in both directions.

Excel reads a file without asking: `0100` becomes 100, `1-2` a day in January, `1E5` a hundred thousand, `=1+1` a
formula. So a cell that it would take for anything but its text is written with an apostrophe in front, which Excel
shows, keeps and saves; one apostrophe in front is taken off again when the file is read. Files are UTF-8 with a byte
order mark, without which Excel takes them for another encoding, and lines end in CRLF. Read are UTF-8 with and without
the mark and UTF-16, separated by commas, semicolons or tabs: what Excel saves depends on the country.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence

_SEPARATORS = (",", ";", "\t")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,14}")
"""What Excel reads as a number and writes as it was."""
_AROUND_DIGITS = re.compile(r"[\W\d_]+")
_FORMULA = ("=", "+", "-", "@", "'", "\t", "\r", "\n", " ", "\N{NO-BREAK SPACE}")
_FLAGS = frozenset({"true", "false", "wahr", "falsch", "vrai", "faux"})
_IN_NUMBERS = frozenset({"", "e", "a", "p", "am", "pm"})
_MONTHS = re.compile(
    r"jan(v|uary|vier|uar)?|feb(ruary|ruar)?|févr(ier)?|mar(ch|s)?|märz?|apr(il)?|avr(il)?|may|mai|jun[ei]?|juin|"
    r"jul[yi]?|juil(let)?|aug(ust)?|août|sept?(ember|embre)?|o[ck]t(ober|obre)?|nov(ember|embre)?|"
    r"de[cz](ember)?|déc(embre)?"
)
"""With digits around them a date: in English, French or German."""


class CsvError(Exception):
    """The file cannot be read as a table; says where and what to do."""


def written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The content of a file with these cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([protected(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + text.getvalue().encode()


def read(content: bytes, columns: frozenset[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Names of the columns, and the rows with the number of the line each begins on; empty ones are left out.

    A name is what its header says before a bracket. The separator is the one that finds names of `columns`.

    Raises:
        CsvError: it is no such table.
    """
    text = _decoded(content)
    separator = max(_SEPARATORS, key=lambda one: len(columns.intersection(_names(text, one))))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        names = [_name(cell) for cell in next(reader, [])]
        line = reader.line_num + 1
        for cells in reader:
            if any(cells):
                rows.append((line, [bare(cell) for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise CsvError(
            f"line {reader.line_num}: {error}. Save it again as CSV from the program it was edited in."
        ) from None
    return names, rows


def protected(text: str) -> str:
    """A cell as it is written: behind an apostrophe where Excel would change it."""
    return f"'{text}" if _changed_by_excel(text) else text


def bare(cell: str) -> str:
    """The text of a cell as it is read."""
    return cell.removeprefix("'")


def _changed_by_excel(text: str) -> bool:
    if text.startswith(_FORMULA) or text.casefold() in _FLAGS:
        return True
    if not any(character.isdigit() for character in text) or _INTEGER.fullmatch(text):
        return False
    word = _AROUND_DIGITS.sub("", text).casefold()
    return word in _IN_NUMBERS or _MONTHS.fullmatch(word) is not None


def _decoded(content: bytes) -> str:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise CsvError(f"byte {error.start} is not UTF-8. In Excel, save it as: CSV UTF-8 (Comma delimited).") from None


def _names(text: str, separator: str) -> list[str]:
    return [_name(cell) for cell in next(csv.reader(text.splitlines()[:1], delimiter=separator), [])]


def _name(header: str) -> str:
    return header.partition("(")[0].strip().casefold()
