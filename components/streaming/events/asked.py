"""What is asked of `astream_events`, and the Python that asks for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

# Of one filter, and characters of one value.
MOST_VALUES = 50
LONGEST_VALUE = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters by a run's name, type and tags; an empty tuple is a filter that isn't there.

    LangChain keeps an event that any of the includes names (all, without includes) and no exclude does.
    The first event it gives carries the chain's input, whichever run it is of.
    """

    include_names: tuple[str, ...] = ()
    include_types: tuple[str, ...] = ()
    include_tags: tuple[str, ...] = ()
    exclude_names: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything may be left out."""
        return any(getattr(self, field.name) for field in fields(self))

    def arguments(self) -> dict[str, list[str]]:
        """As `astream_events` takes them."""
        given = {field.name: list(getattr(self, field.name)) for field in fields(self)}
        return {name: values for name, values in given.items() if values}

    @classmethod
    def of(cls, given: object) -> Asked:
        """From `arguments()` as JSON.

        Raises:
            ValueError: it is no such thing.
        """
        if not isinstance(given, Mapping) or not given.keys() <= {field.name for field in fields(cls)}:
            raise ValueError("not a set of filters")
        for values in given.values():
            if not isinstance(values, list) or len(values) > MOST_VALUES:
                raise ValueError("not a list of names")
            if not all(isinstance(value, str) and len(value) <= LONGEST_VALUE for value in values):
                raise ValueError("not a name")
        return cls(**{name: tuple(values) for name, values in given.items()})


def as_python(asked: Asked, value: str = "value") -> str:
    """A loop over the very events that these filters let through, to stand in an `async def`.

    `value` is the Python for the chain's input.
    """
    arguments = [f"    {name}={values!r}," for name, values in asked.arguments().items()]
    return "\n".join(
        [
            "async for event in chain.astream_events(",
            f"    {value},",
            '    version="v2",',
            *arguments,
            "):",
            '    print(event["event"], event["name"], event["data"])',
        ]
    )
