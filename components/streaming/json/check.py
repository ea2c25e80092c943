"""A JSON Schema: is it one, and does a value keep to it. The library is imported when the first is given."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any, Final, Literal, Self

from components.streaming.json.rules import pointer_of
from components.streaming.text import sendable

# Breaches of the schema that are listed.
BREACHES: Final = 20
# Characters of the library's words, which may quote the whole value.
WORDS: Final = 300
# Characters of a visitor's schema.
LONGEST: Final = 20_000

# Keywords that rule nothing themselves.
_SAYS: Final = frozenset({"title", "description", "default", "examples", "definitions", "id", "then", "else"})

Why = Literal["", "recursion", "reference", "pattern", "slow", "busy", "stopped", "failed"]


class BadSchema(ValueError):
    """No JSON Schema can be read from what was given; `pointer`: where in it, as far as that is known."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message[:WORDS])
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Breach:
    """Rule `rule` of the schema, which is `expected` (JSON), is broken by the value at `pointer`."""

    rule: str
    pointer: str
    expected: str
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What breaks the schema, what matters most first, at most BREACHES. `why`: why that can't be told, ""
    where it can; `detail`: what the reason is about.
    """

    breaches: tuple[Breach, ...] = ()
    why: Why = ""
    detail: str = ""


class Schema:
    """One schema, checked when it is made. Nothing it refers to is fetched.

    Its patterns are Python's regular expressions and its `uniqueItems` compares each with each, so one made
    to be slow is slow: what checks a stranger's schema needs a deadline of its own.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Raise BadSchema when the library doesn't take it for a schema."""
        from jsonschema import SchemaError
        from jsonschema.validators import Draft202012Validator, extend, validator_for
        from referencing import Registry

        self.schema = schema
        if not isinstance(schema.get("$schema", ""), str):
            raise BadSchema("It is no text.", "/$schema")
        kind: Any = validator_for(schema, default=Draft202012Validator)  # the stubs miss `format_checker`
        try:
            kind.check_schema(schema, format_checker=kind.FORMAT_CHECKER)
        except SchemaError as error:
            of_python = " of Python's, which is what checks it" if error.validator == "format" else ""
            raise BadSchema(error.message + of_python, pointer_of(error.absolute_path)) from None
        except RecursionError:
            raise BadSchema("It is nested too deep.") from None
        # What wraps a schema, or an example in its place, would be kept to by anything.
        if schema and not any(name in kind.VALIDATORS or name in _SAYS or name[:1] == "$" for name in schema):
            raise BadSchema(f"None of its members is a keyword of JSON Schema: {', '.join(schema)}")
        kind = extend(kind, {"multipleOf": _multiple_of})  # type: ignore[no-untyped-call]
        # A registry of our own: without one the library fetches what a `$ref` names.
        self._validator = kind(schema, registry=Registry())

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From JSON text; None when there is none.

        Raises BadSchema: it is too long, isn't JSON, no object, or no schema.
        """
        if len(text) > LONGEST:
            raise BadSchema(f"It is longer than {LONGEST} characters.")
        if not text.strip():
            return None
        try:
            # Half an emoji is replaced, also where it stands as an escape.
            read = json.loads(text.lstrip("\ufeff"))
            schema = json.loads(sendable(json.dumps(read, ensure_ascii=False, allow_nan=False)))
        except json.JSONDecodeError as error:
            raise BadSchema(f"{error.msg}, line {error.lineno}, column {error.colno}") from None
        except (RecursionError, ValueError):
            raise BadSchema("It is nested too deep, or holds a number that is too long or none.") from None
        if not isinstance(schema, dict):
            raise BadSchema("It must be a JSON object.")
        return cls(schema)

    def check(self, value: Any) -> Checked:
        """Whether a value keeps to it."""
        from jsonschema.exceptions import best_match
        from referencing.exceptions import Unresolvable

        try:
            errors = list(islice(self._validator.iter_errors(value), BREACHES))
            best = best_match(iter(errors))
        except RecursionError:
            return Checked(why="recursion")
        except Unresolvable as error:
            return Checked(why="reference", detail=str(error.ref)[:WORDS])
        except re.error as error:
            return Checked(why="pattern", detail=str(error)[:WORDS])
        except Exception as error:  # noqa: BLE001  # as with a `$ref` to what is no schema
            return Checked(why="failed", detail=f"{type(error).__name__}: {error}"[:WORDS])
        ordered = [best, *(error for error in errors if error is not best)] if best is not None else []
        return Checked(tuple(map(_breach, ordered[:BREACHES])))


def _multiple_of(validator: Any, step: Any, value: Any, schema: Any) -> Iterator[Any]:
    """By their digits: as doubles, 19.99 is no multiple of 0.01."""
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "number") and Fraction(str(value)) % Fraction(str(step)):
        yield ValidationError(f"{value!r} is not a multiple of {step}")


def _breach(error: Any) -> Breach:
    # Where a schema is `false`, the library names no rule.
    expected = json.dumps(error.validator_value if error.validator else False, ensure_ascii=False)
    rule, pointer = str(error.validator or error.message), pointer_of(error.absolute_path)
    return Breach(rule, pointer, expected[:WORDS], str(error.message)[:WORDS])


def schema_in_words(schema: Mapping[str, Any]) -> str:
    """For a model whose server can't be told of a schema in another way."""
    written = json.dumps(schema, ensure_ascii=False)
    return f"Answer with JSON alone. It must keep to this JSON Schema:\n{written}"
