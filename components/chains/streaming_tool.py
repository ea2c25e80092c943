"""A tool that streams: each letter it has counted is told at once, long before the tool has its result."""

from langchain.tools import ToolRuntime, tool

from components.chains import agent
from components.chains.graph_text import GraphText
from components.streaming.connection import Connection

# Characters of a word.
LONGEST = 40


@tool
def spell_out(word: str, runtime: ToolRuntime) -> str:
    """Spell out a word, and count its letters."""
    letters = [letter for letter in word if letter.isalpha()][:LONGEST]
    for number, letter in enumerate(letters, 1):
        runtime.emit_output_delta(f"{number}: {letter}\n")
    return f"The word has {len(letters)} letters: {', '.join(letters)}."


def build(connection: Connection) -> GraphText:
    """The agent with this tool."""
    return agent.build(connection, spell_out, "streaming_tool")
