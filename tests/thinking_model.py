"""The default model's weights, made to think: with a template that opens a thought before each reply."""

from __future__ import annotations

from pathlib import Path

from components.providers.llama.weights import SMOLLM2, cache_folder, fetch

_NAME = b"tokenizer.chat_template"
_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{'<|im_start|>' + message.role + '\n'}}"
    "{%- if message.reasoning_content -%}{{'<think>' + message.reasoning_content + '</think>'}}{%- endif -%}"
    "{{message.content + '<|im_end|>\n'}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{'<|im_start|>assistant\n<think>'}}{%- endif -%}"
)


def thinking_model(folder: Path) -> Path:
    """A file of the same length: its template's length in bytes stands before it, in eight."""
    data = bytearray(fetch(SMOLLM2, cache_folder(), lambda done, total: None).read_bytes())
    at = data.index(_NAME) + len(_NAME) + 4  # the kind of a value
    length = int.from_bytes(data[at : at + 8], "little")
    data[at + 8 : at + 8 + length] = _TEMPLATE.encode().ljust(length)
    assert len(_TEMPLATE) <= length
    file = folder / "thinker.gguf"
    file.write_bytes(data)
    return file
