"""An object that grows: JsonOutputParser.

Look at each line: a whole object, though the model has written only the beginning
of one. The parser closes the brackets that are still open, and gives the object
anew whenever it has changed: first `{}`, then a list, then a name. What stands
last may still grow, a number as well: 67 is not France's population yet.

`json.loads` would fail on every line but the last. Prose without JSON gives no
line and no error, and neither do thoughts: the JSON tab says a verdict instead. The model is held to JSON
here, as far as its server can be.

Since the tutorials: a chunk is the object so far, not a difference
(`JsonOutputParser(diff=True)` gives JSON patches). All of the text is parsed
again with every chunk, so long replies get slow.
"""

from collections.abc import Callable
from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable

THEME = "json"
JSON = True
PROMPT = (
    "List France, Spain and Japan with their populations in JSON: an object with the key "
    '"countries", a list of objects with the keys "name" and "population".'
)


async def lesson(model: Runnable[Any, Any], prompt: str, show: Callable[[object], None]) -> None:
    chain = model | JsonOutputParser()
    async for value in chain.astream(prompt):
        show(value)
