"""What is asked of `astream_events`, and the Python that asks for the same."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar

from annotated_types import MaxLen

# Of one filter, and characters of one value.
MOST_VALUES = 50
LONGEST_VALUE = 1000

Names = Annotated[tuple[Annotated[str, MaxLen(LONGEST_VALUE)], ...], MaxLen(MOST_VALUES)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters by a run's name, type and tags; an empty tuple is a filter that isn't there.

    LangChain keeps an event that any of the includes names (all, without includes) and no exclude does.
    The first event it gives carries the chain's input, whichever run it is of.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    include_names: Names = ()
    include_types: Names = ()
    include_tags: Names = ()
    exclude_names: Names = ()
    exclude_types: Names = ()
    exclude_tags: Names = ()

    def __bool__(self) -> bool:
        """Whether anything may be left out."""
        return any(getattr(self, field.name) for field in fields(self))

    def arguments(self) -> dict[str, list[str]]:
        """As `astream_events` takes them."""
        given = {field.name: list(getattr(self, field.name)) for field in fields(self)}
        return {name: values for name, values in given.items() if values}


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
