"""A run as it happened: a trace, and its file. Importing this imports no LangChain."""

from components.streaming.trace.run_file import BadFileKind as BadFileKind
from components.streaming.trace.run_file import BadRunFile as BadRunFile
from components.streaming.trace.run_file import RunFile as RunFile
from components.streaming.trace.run_file import copy_unpacked as copy_unpacked
from components.streaming.trace.run_file import is_run_file as is_run_file
from components.streaming.trace.run_file import open_run_file as open_run_file
from components.streaming.trace.trace import About as About
from components.streaming.trace.trace import Asked as Asked
from components.streaming.trace.trace import Header as Header
from components.streaming.trace.trace import Trace as Trace
from components.streaming.trace.trace import seen_by_page as seen_by_page
