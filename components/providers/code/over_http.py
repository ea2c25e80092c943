"""A call as the HTTP request that it is: with curl, and in JavaScript."""

from __future__ import annotations

import json
from typing import Final

from components.providers.code.call import Call
from components.providers.code.literals import javascript, shell
from components.streaming.request import KEY

_FETCH: Final = """\
const response = await fetch({url}, {{
  method: "{method}",
  headers: {{
{headers}
  }},
  body: JSON.stringify({body}),
}});
if (!response.ok) throw new Error(`${{response.status}} ${{await response.text()}}`);
"""
_WHOLE: Final = """\
const reply = await response.json();
console.log({whole});
"""
_LOOP: Final = """\
let rest = "";
for await (const text of response.body.pipeThrough(new TextDecoderStream())) {{
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  for (const line of lines) {{
    if (!line.startsWith("data:") || line.slice(5).trim() === "[DONE]") continue;
    const event = JSON.parse(line.slice(5));
    if (event.error) throw new Error(JSON.stringify(event.error));
    process.stdout.write({piece} || "");
  }}
}}
console.log();
"""


def curl(one: Call) -> str:
    variable, rest = one.place
    lines = [f"curl {'-N ' if one.streamed else ''}" + (f'"${variable}"' if variable else "") + shell(rest)]
    for name, value in one.request.headers.items():
        before, key, _ = value.partition(KEY)
        lines.append(f'-H "{name}: {before}${one.key}"' if key else f"-H {shell(f'{name}: {value}')}")
    return " \\\n  ".join([*lines, f"-d {shell(javascript(one.request.body))}"]) + "\n"


def fetch(one: Call) -> str:
    """Runs as it stands in Node.js, Deno and Bun, as a module."""
    variable, rest = one.place
    headers = []
    for name, value in one.request.headers.items():
        before, key, _ = value.partition(KEY)
        told = [*([json.dumps(before)] if before or not key else []), *([_environ(one.key)] if key else [])]
        headers.append(f"    {json.dumps(name)}: {' + '.join(told)},")
    begin = _FETCH.format(
        url=" + ".join([*([_environ(variable)] if variable else []), json.dumps(rest)]),
        method=one.request.method,
        headers="\n".join(headers),
        body=javascript(one.request.body, 2),
    )
    end = _LOOP.format(piece=one.api.js_loop) if one.streamed else _WHOLE.format(whole=one.api.js_whole)
    return begin + end


def _environ(variable: str) -> str:
    return f"process.env.{variable}"
