"""Awkward replies, and what the reader says of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

NO_VALUE = object()
BIG = 123456789012345678901234567890


@dataclass(frozen=True)
class Case:
    """A reply, the value and the verdict's kind; `params` are those that matter, `notes` what was odd."""

    name: str
    reply: str
    value: Any
    kind: str
    params: dict[str, str]
    notes: tuple[str, ...] = ()
    around: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        return self.name


def no_json(name: str, reply: str, value: Any, where: str, found: str = "") -> Case:
    """`where`: reason, line:column and pointer."""
    reason, place, *pointer = where.split(" ")
    line, column = place.split(":")
    params = {"reason": reason, "line": line, "column": column, "pointer": "".join(pointer)}
    return Case(name, reply, value, "not_json", {**params, "found": found} if found else params)


def remark(name: str, reply: str, value: Any, where: str, after: str) -> Case:
    """A list that turns out to be none: what follows is prose."""
    return replace(no_json(name, reply, value, where), around=("", after))


def after(before: str, case: Case) -> Case:
    """The same behind that much prose."""
    return replace(case, around=(before, ""))


def not_strict(name: str, reply: str, value: Any, where: str, found: str, notes: str = "escape") -> Case:
    """Read whole, but JSON forbids it."""
    case = no_json(name, reply, value, where, found)
    return replace(case, notes=tuple(notes.split()))


def odd(name: str, reply: str, value: Any, note: str) -> Case:
    """Valid, but noted."""
    return Case(name, reply, value, "valid", {}, (note,))


def prose(name: str, reply: str, value: Any, before: str = "", after: str = "") -> Case:
    return Case(name, reply, value, "valid", {}, around=(before, after))


def cut(name: str, reply: str, value: Any, pointer: str) -> Case:
    return Case(
        name, reply, value, "cut_off", {"character": str(len(reply)), "pointer": pointer, "by": "length"}
    )


CASES = [
    Case("an empty reply", "", NO_VALUE, "empty", {}),
    Case("white space", " \n\t", NO_VALUE, "empty", {}),
    Case("a byte order mark alone", "\ufeff", NO_VALUE, "empty", {}),
    Case("prose only", "I can't do that.", NO_VALUE, "no_json", {}, around=("I can't do that.", "")),
    Case("prose that begins like null", "nothing", NO_VALUE, "no_json", {}, around=("nothing", "")),
    prose("doubled braces, as in a template", '{{"a": 1}}', {"a": 1}, "{", "}"),
    prose("a byte order mark", '\ufeff{"a": 1}', {"a": 1}),
    prose("a fence", '```json\n{"a": 1}\n```', {"a": 1}),
    prose("a fence of another label", '```JavaScript\n{"a": 1}\n```\n', {"a": 1}),
    prose("a fence on one line", '```json {"a": 1}```', {"a": 1}),
    prose("a fence with a number", "```\n42\n```", 42),
    prose("a fence that isn't closed", '```json\n{"a": 1}', {"a": 1}),
    prose("a preamble", 'Sure! Here is the JSON: {"a": 1}', {"a": 1}, "Sure! Here is the JSON:"),
    prose("a preamble and a fence", 'Here:\n```json\n["a"]\n```\nBye', ["a"], "Here:", "Bye"),
    prose("a preamble of brackets", '[Note] {name}: {"a": 1}', {"a": 1}, "[Note] {name}:"),
    prose("a preamble with a number", '3 countries: [{"a": 1}]', [{"a": 1}], "3 countries:"),
    prose("trailing prose", '{"a": 1}\n\nI hope this helps!', {"a": 1}, "", "I hope this helps!"),
    prose("a bracket too many", '{"a": 1}}', {"a": 1}, "", "}"),
    Case(
        "two documents",
        '{"a": 1}\n{"b": 2}',
        {"b": 2},
        "several",
        {"line": "1", "column": "1"},
        around=('{"a": 1}', ""),
    ),
    prose("a thought", '<think>{"b": 2}</think>\n[1]', [1], '<think>{"b": 2}</think>'),
    prose("a thought's end", '```\n{"b": 2}\n```\n</think>{"a": 1}', {"a": 1}, '{"b": 2}\n\n</think>'),
    prose("a thought's end, answered by a list", '{"b": 2}</think>[1]', [1], '{"b": 2}</think>'),
    prose("other tags", 'So: [THINK]{"b": 2}[/THINK] {"a": 1}', {"a": 1}, 'So: [THINK]{"b": 2}[/THINK]'),
    prose("tags in capitals", '<Think>{"b": 2}</Think>{"a": 1}', {"a": 1}, '<Think>{"b": 2}</Think>'),
    prose("Kimi's tags", '◁think▷{"b": 2}◁/think▷{"a": 1}', {"a": 1}, '◁think▷{"b": 2}◁/think▷'),
    prose(
        "a thought afterwards",
        '{"a": 1}\n<thinking>or {"b": 2}?</thinking>',
        {"a": 1},
        "",
        '<thinking>or {"b": 2}?</thinking>',
    ),
    prose("a tag behind the document", '{"a": 1}\n</think>', {"a": 1}, "", "</think>"),
    prose("a number behind a thought", "<think>40 + 2</think>\n42", 42, "<think>40 + 2</think>"),
    Case(
        "a thought that isn't closed",
        '<think>maybe {"draft": true}',
        NO_VALUE,
        "no_json",
        {},
        around=('<think>maybe {"draft": true}', ""),
    ),
    prose("a reference", 'As in [1]: {"a": 1}', {"a": 1}, "As in [1]:"),
    prose(
        "a reference behind it", '{"a": 1}\nAs in [1], [2020-2024].', {"a": 1}, "", "As in [1], [2020-2024]."
    ),
    Case(
        "references and a task alone",
        "Rome [1], Paris [[2]](https://x.org).\n- [ ] go\n[3] Atlas",
        NO_VALUE,
        "no_json",
        {},
        around=("Rome [1], Paris [[2]](https://x.org).\n- [ ] go\n[3] Atlas", ""),
    ),
    prose("spaces that nobody sees", '\u200b{"a": 1}\u00a0', {"a": 1}),
    prose("years", 'In [2020-2024]:\n{"a": 1}', {"a": 1}, "In [2020-2024]:"),
    prose("an interval", 'x in [0, 1): {"a": 1}', {"a": 1}, "x in [0, 1):"),
    prose("a list that goes on", 'Like [1, 2, ...]: {"a": 1}', {"a": 1}, "Like [1, 2, ...]:"),
    prose("a list without an end", 'Like [1, 2 and so on\n{"a": 1}', {"a": 1}, "Like [1, 2 and so on"),
    prose("a remark in braces", '{see below}\n{"a": 1}', {"a": 1}, "{see below}"),
    prose("a draft", 'Draft: {"b": 2}\nFinal: {"a": 1}', {"a": 1}, 'Draft: {"b": 2}\nFinal:'),
    prose(
        "a schema repeated",
        '{"a": 1}\nkeeps to {"type": "object", "properties": {}}',
        {"a": 1},
        "",
        'keeps to {"type": "object", "properties": {}}',
    ),
    prose("a fence of code", '```python\nx = {"b": 2}\n```\n{"a": 1}', {"a": 1}, 'x = {"b": 2}'),
    prose("a fence behind an object", '{"b": 2}\n```json\n{"a": 1}\n```', {"a": 1}, '{"b": 2}'),
    prose("an object behind a fence", '```json\n{"a": 1}\n```\nnot {"b": 2}', {"a": 1}, "", 'not {"b": 2}'),
    prose(
        "a fence in a string",
        '```json\n{"a": "```python\\n1\\n```", "b": 2}\n```',
        {"a": "```python\n1\n```", "b": 2},
    ),
    prose(
        "a document that broke and one that didn't",
        '{"a": None}\nSorry: {"a": 1}',
        {"a": 1},
        '{"a": None}\nSorry:',
    ),
    no_json("an object in one that broke", "{'a': {\"b\": 1}}", {}, "quote 1:2", "'"),
    no_json("a comment and an object in a list", '[\n// one\n{"a": 1}\n]', [], "comment 2:1", "/"),
    prose("no label", "```" + "a" * 50 + ' {"a": 1}', {"a": 1}, "```" + "a" * 50),
    prose("two fences", '```\n{"a": 1}\n```\nor\n```\n[2]\n```', {"a": 1}, "", "or\n\n[2]"),
    no_json("single quotes", "{'a': 1}", {}, "quote 1:2", "'"),
    no_json("single quotes in a value", "{\"a\": 'b'}", {}, "quote 1:7 /a", "'"),
    after("Here:", no_json("single quotes after prose", "Here: ['a']", [], "quote 1:8", "'")),
    no_json("curly quotes", "{\u201ca\u201d: 1}", {}, "quote 1:2", "\u201c"),
    no_json("German quotes", "{\u201ea\u201c: 1}", {}, "quote 1:2", "\u201e"),
    after(
        "Here:", no_json("curly quotes after prose", "Here: {\u201ca\u201d: 1}", {}, "quote 1:8", "\u201c")
    ),
    no_json("a space that nobody sees", '{"a":\u00a01}', {}, "unexpected 1:6 /a", "U+00A0"),
    no_json("a fraction of whole numbers", '{"a": 1/2}', {}, "number 1:7 /a", "1/2"),
    no_json("a comment behind a number", '{"a": 1/* one */}', {"a": 1}, "comment 1:8", "/"),
    no_json("not applicable", '{"a": N/A}', {}, "word 1:7 /a", "N/A"),
    no_json("a bare key", "{a: 1}", {}, "unquoted_key 1:2", "a"),
    no_json("a comment", '{"a": 1, // one\n"b": 2}', {"a": 1}, "comment 1:10", "/"),
    no_json("NaN", '{"a": 1,\n "b": NaN}', {"a": 1}, "word 2:7 /b", "NaN"),
    remark("Infinity", "[-Infinity]", [], "number 1:2 /0", "-Infinity]"),
    no_json("None", '{"a": None}', {}, "word 1:7 /a", "None"),
    remark("a leading zero", "[01]", [], "number 1:2 /0", "01]"),
    remark("no comma", "[1 2]", [1], "expected_comma 1:4", "2]"),
    no_json("no colon", '{"a" 1}', {}, "expected_colon 1:6 /a", "1"),
    no_json("no value", '{"a":,}', {}, "missing_value 1:6 /a", ","),
    no_json("the other bracket", '{"a": [1}', {"a": [1]}, "mismatched 1:9 /a", "}"),
    not_strict("an escape that there isn't", '["it\\\'s"]', ["it\\'s"], "escape 1:5 /0", "\\'"),
    not_strict("half an escape", '["caf\\u00zz"]', ["caf\\u00zz"], "escape 1:6 /0", "\\u"),
    not_strict(
        "a path",
        '{"C:\\W": "C:\\Users", "b": 1}',
        {"C:\\W": "C:\\Users", "b": 1},
        "escape 1:5",
        "\\W",
        "escape escape",
    ),
    not_strict(
        "formulas",
        '```json\n{ "feedback": "\\(K_\\alpha\\)- und \\(K_\\beta\\) fehlt.", "marks": 7 }\n```',
        {"feedback": "\\(K_\\alpha\\)- und \\(K_\beta\\) fehlt.", "marks": 7},
        "escape 2:16 /feedback",
        "\\(",
        "escape escape escape escape escape backslash",
    ),
    odd("a fraction", '{"q": "$\\frac{3}{5}$"}', {"q": "$\frac{3}{5}$"}, "backslash"),
    odd("a text", '{"q": "$3$ and \\text{m}"}', {"q": "$3$ and \text{m}"}, "backslash"),
    odd("a letter in a formula", '["$\\nu$"]', ["$\nu$"], "backslash"),
    odd("a line that isn't new", '["\\newline"]', ["\newline"], "backslash"),
    odd("another text", '["\\texttt{a}"]', ["\texttt{a}"], "backslash"),
    odd("a beginning", '["\\begin{align}"]', ["\begin{align}"], "backslash"),
    prose(
        "lines and columns",
        '["\\nu is\\na\\ttan\\ttext-ile\\r\\nright"]',
        ["\nu is\na\ttan\ttext-ile\r\nright"],
    ),
    Case(
        "a trailing comma",
        '{"a": [1, 2,\n], "b": 3,}',
        {"a": [1, 2], "b": 3},
        "not_json",
        {"reason": "trailing_comma", "line": "1", "column": "12", "pointer": "/a"},
        ("trailing_comma", "trailing_comma"),
    ),
    Case(
        "raw control characters",
        '{"a": "one\ntwo\t", "b": 1}',
        {"a": "one\ntwo\t", "b": 1},
        "not_json",
        {"reason": "control_character", "line": "1", "column": "11", "found": "U+000A", "pointer": "/a"},
        ("control_character", "control_character"),
    ),
    odd("a key twice", '{"a": 1, "b": 2, "a": [3]}', {"a": [3], "b": 2}, "duplicate_key"),
    odd("half a surrogate pair", '["\\ud83d!"]', ["\ufffd!"], "lone_surrogate"),
    odd("the second half alone", '["\\ude00"]', ["\ufffd"], "lone_surrogate"),
    odd("a raw surrogate", '["\ud83d"]', ["\ufffd"], "lone_surrogate"),
    prose("a whole surrogate pair", '["\\ud83d\\ude00"]', ["\U0001f600"]),
    prose("long integers", f"[{BIG}, -{BIG}]", [BIG, -BIG]),
    prose("null alone", " null ", None),
    cut("a number cut in the middle", '{"a": [1, 12', {"a": [1]}, "/a/1"),
    cut("a literal cut in the middle", '{"a": tr', {}, "/a"),
    cut("an escape cut in the middle", '{"a": "caf\\u00', {"a": "caf"}, "/a"),
    cut("half a pair cut", '["\\ud83d\\u', [""], "/0"),
    cut("in a key", '{"countries": [{}, {}, {"na', {"countries": [{}, {}, {}]}, "/countries/2"),
    cut("in a value", '{"countries": [{"name": "Fra', {"countries": [{"name": "Fra"}]}, "/countries/0/name"),
    cut("before a value", '{"a/b~c":', {}, "/a~1b~0c"),
    cut("in a fence", '```json\n{"a": [', {"a": []}, "/a"),
    cut("a bracket alone", "[", [], ""),
    cut("a string alone", '"Par', "Par", ""),
    cut("a bare number, perhaps", "12", 12, ""),
]


@dataclass(frozen=True)
class Told:
    """A reply, the object, how the verdict begins, and what else is said."""

    reply: str
    value: Any
    verdict: str
    said: tuple[str, ...] = ()


# What a visitor, a caller of `/json` and the terminal are told.
TOLD = [
    Told(
        '<think>\n1. Maybe {"draft": true}\n</think>\n{"title": "T", "text": "D"}',
        {"title": "T", "text": "D"},
        "Valid JSON.",
        ('Skipped as thinking (24 characters): 1. Maybe {"draft": true}',),
    ),
    Told(
        '{ "feedback": "Der Abstand \\(K_\\alpha\\) fehlt.", "marks": 7 }',
        {"feedback": "Der Abstand \\(K_\\alpha\\) fehlt.", "marks": 7},
        "Read completely, but not strict JSON: at line 1, column 28, in /feedback,",
        (
            "column 28: an escape that JSON does not have \\(",
            "column 32: an escape that JSON does not have \\a",
        ),
    ),
    Told(
        '<think>A list like [1, 2, ...] here.</think>\n\n```json\n[{"kind": "prediction"}]\n```',
        [{"kind": "prediction"}],
        "Valid JSON.",
        ("Skipped as thinking (29 characters):", "It was in a Markdown fence."),
    ),
    Told(
        'maybe {"a": 0}, so\n</think>\n{"a": 1}',
        {"a": 1},
        "Valid JSON.",
        ("Skipped before it (27 characters):",),
    ),
    Told(
        'As in [1], a draft: {"a": 0}\nactually: {"a": 1} (see [2], [2020-2024])',
        {"a": 1},
        "Valid JSON.",
        (
            "Other JSON in the reply, not used: 1 value(s), the first at line 1, column 21.",
            "Skipped after it (22 characters): (see [2], [2020-2024])",
        ),
    ),
    Told(
        'Draft:\n```json\n{"a": 0}\n```\nSo:\n```JSON\n{"a": 1}\n```\nor {"a": 2}\n```python\n{"a": 3}\n```',
        {"a": 1},
        "Valid JSON.",
        ("not used: 2 value(s), the first at line 3, column 1.",),
    ),
    Told(
        'It keeps to\n```json\n{"type": "object", "properties": {"a": {"type": "integer"}}}\n```\n{"a": 1}',
        {"a": 1},
        "Valid JSON.",
    ),
    Told("Use {{template}}, {name}: " + '{"a": 1}', {"a": 1}, "Valid JSON."),
    Told("```json\n" + '{"a": 1', {}, "Cut off at character 15, inside /a:"),
    Told("```" + "x" * 50 + ' {"a": 1}', {"a": 1}, "Valid JSON.", ("Skipped before it (53 characters)",)),
    Told(
        '{"a": 1}\nor rather {"a": 2, "b": "c',
        {"a": 2, "b": "c"},
        "Cut off at character 35, inside /b:",
        ("not used: 1 value(s), the first at line 1, column 1.",),
    ),
    Told("{'a': {\"b\": 1}}", {}, "Not JSON: at line 1, column 2,"),
    Told("{'a': 1}\n" + 'Sorry, in JSON: {"a": 1}', {"a": 1}, "Valid JSON."),
    Told('{"a": 1}\n{"a": 2}\n{"a": 3}\n', {"a": 3}, "Several JSON documents in a row"),
    Told('{"a": [1, 2,], }', {"a": [1, 2]}, "Read completely, but not strict JSON: at line 1, column 12"),
    Told('{"a": 1, // one\n"b": {"c": 2}}', {"a": 1}, "Not JSON: at line 1, column 10,"),
    Told('{"a": NaN, "b": {"c": 2}}', {}, "Not JSON: at line 1, column 7, in /a,"),
    Told("Sure:\n[1, 2]", [1, 2], "Valid JSON."),
    Told("42", 42, "Valid JSON."),
    Told(
        r'{"path": "C:\Users\me", "log": "D:\temp", "cut": "\u12", "n": 1}',
        {"path": r"C:\Users\me", "log": "D:\temp", "cut": r"\u12", "n": 1},
        "Read completely, but not strict JSON: at line 1, column 13, in /path,",
        (r"does not have \u", r"U+0009 (\temp)"),
    ),
    Told(
        r'{"q": "$\frac{3}{5}$ and \text{m}"}',
        {"q": "$\frac{3}{5}$ and \text{m}"},
        "Valid JSON.",
        (r"meant: U+000C (\frac)", r"meant: U+0009 (\text)"),
    ),
    Told(
        '```json\n{"answer": "```python\\nprint(1)\\n```", "ok": true}\n```',
        {"answer": "```python\nprint(1)\n```", "ok": True},
        "Valid JSON.",
    ),
    Told(
        '{"key": "col1\tcol2\r\nline2"}',
        {"key": "col1\tcol2\r\nline2"},
        "Read completely, but not strict JSON: at line 1, column 14, in /key,",
        ("column 19: a raw control character in a string U+000D",),
    ),
    Told('{"a": "x\\ud83d\\ude00y"}', {"a": "x\U0001f600y"}, "Valid JSON."),
    Told('{"a": "x\\ud83dy"}', {"a": "x\ufffdy"}, "Valid JSON.", ("a lone surrogate \\ud83d",)),
    Told('{"key": "value\\nmore"}', {"key": "value\nmore"}, "Valid JSON."),
    Told('"a": 1, "b": 2', "a", "Not JSON: at line 1, column 4,"),
    Told('```json\n"a": {"b": 2}\n```', {"b": 2}, "Not JSON: at line 2, column 4,"),
]
