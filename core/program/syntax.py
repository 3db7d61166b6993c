"""What to do about a file that is not TOML at all."""

from __future__ import annotations

import re
import tomllib

from core.program.faults import Fault

_HINTS = (
    (r"[“”„‟‘’＂＇]", 'use straight quotes: "'),
    (r"[＝，［］｛｝＃：]", "use half-width punctuation: = , [ ] { } #"),
    (r"=\s*[\d.]+\s*%", "write a percentage in hundredths of one percent: 1000 is 10 %"),
    (r"=\s*[-\d]+,\d", "write a number without thousands separators: 50000"),
    (r"=\s*[$¥€£]", "write an amount in the smallest unit and without a sign: 500 for 5.00"),
    (r"=\s*(True|False)\b", "write true or false in lower case"),
    (r"=\s*0\d", "write a number without leading zeros"),
    (r"=\s*$", "write a value behind the equals sign"),
    (r"=\s*[^\W\d]", 'put a text in quotes: "…"'),
    (r"\\", "write \\\\ for a backslash in a text"),
)
_MENDS = (
    ("Cannot declare", "join the two, or write [[…]] on both if it is a list"),
    ("Cannot overwrite", "the key is there twice: keep one"),
    ("Duplicate inline", "the key is there twice: keep one"),
    ("Unclosed array", "close the list with ] and put commas between its entries"),
    ("Unclosed inline", "close the table with } and put commas between its keys"),
    ("Invalid initial character", "keep a { … } on one line, without a comma at its end"),
    ("Unterminated string", "close the text with a quote"),
    ("Illegal character '\\n'", "close the text with a quote on the same line"),
    ("Expected ']'", "close the table's name with ]"),
    ("Expected '='", "put = between the key and its value"),
)


def syntax_fault(source: str, name: str, error: tomllib.TOMLDecodeError) -> Fault:
    """The first place where the text stops being TOML, and the likeliest way to mend it."""
    text = str(error)
    found = re.search(r" \(at line (\d+), column (\d+)\)$", text)
    line = int(found[1]) if found else max(1, len(source.splitlines()))
    message = re.sub(r" \(at .*\)$", "", text)
    if message.startswith("Illegal character '\\n'"):
        message = "the text is not closed"
    declared = re.fullmatch(r"Cannot declare \((.*?),?\) twice", message)
    if declared:
        message = f"[{declared[1].replace(chr(39), '').replace(', ', '.')}] is there twice"
    written = (source.splitlines() or [""])[line - 1]
    return Fault(name, line, "", f"is not TOML: {message[:1].lower()}{message[1:]}", _mend(text, written))


def _mend(text: str, written: str) -> str:
    by_message = next((mend for start, mend in _MENDS if text.startswith(start)), None)
    outside_texts = re.sub(r'"[^"]*"', '""', written)
    by_line = next((mend for pattern, mend in _HINTS if re.search(pattern, outside_texts)), None)
    return by_message or by_line or "mend the line, or compare it with programs/five-tier.toml"


def limit_fault(name: str, error: Exception) -> Fault:
    """TOML beyond what can be read: a number of thousands of digits, lists in lists in lists."""
    return Fault(name, 1, "", f"cannot be read: {error}", "shorten its numbers and flatten its lists")


def encoding_fault(name: str, content: bytes, error: UnicodeDecodeError) -> Fault:
    line = content.count(b"\n", 0, error.start) + 1
    return Fault(name, line, "", "is not UTF-8 text", "save the file with the encoding UTF-8")
