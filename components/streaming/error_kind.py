"""The kinds of fault, and which an error's body tells of: by its codes, by its words, by HTTP's status."""

import re
from collections.abc import Callable, Container, Mapping
from typing import Literal

from components.streaming.error_body import ErrorBody

Kind = Literal[
    "missing",  # a key, project or credentials: params["fields"]
    "bad_setting",  # a value that can't be used, such as a base URL that is no URL: params["field"]
    "unauthorized",  # 401: the key or the credentials were refused
    "forbidden",  # 403
    "not_found",  # 404, or by words of any status: the model, or the path under the base URL
    "bad_request",  # 400: params["detail"], the provider's own words
    "too_long",  # the conversation is larger than the window: params["tokens"], params["window"]
    "rate_limited",  # 429
    "quota",  # 402, or what was paid for is used up: no wait helps
    "overloaded",  # 529, or by its own words
    "server_error",  # 5xx: params["status"]
    "redirected",  # 3xx: params["location"], as a base URL
    "no_chat_api",  # something answers there, but no chat API
    "provider_error",  # an error object inside the stream: params["detail"]
    "unreachable",  # refused connection, unknown host: params["host"] of one that has no address
    "certificate",  # not trusted: params["detail"]
    "wrong_scheme",  # TLS spoken to a server without, or the other way: params["scheme"], the right one with "://"
    "proxy",  # it can't be used: params["variable"] where known, params["detail"] of one that answers
    "timeout",
    "dropped",  # the connection broke in mid-reply
    "cut_off",  # the stream ended cleanly, but without a finish reason
    "malformed",  # a chunk that can't be read
    "nothing_sent",  # a stream without anything in it
    "unreadable",  # a step of the chain could not read what the model wrote: params["detail"]
    "content_filter",
    "refused",  # by the model: params["detail"], its own words
    "provider_ended",  # abnormally: params["detail"], the finish reason
    "empty",  # a finished reply with no text: params["parts"], what else it had
    "thought_only",  # a finished reply with thoughts and no text: params["tokens"] where known
    "spent",  # the longest reply was, and nobody knows on what
    "spent_on_thinking",  # the longest reply was: params["tokens"] where known
    "limit_ignored",  # params["limit"], tokens, of which twice as many came
    "empty_message",  # nothing was asked
    "unsupported",  # this provider can't do this method: params["method"]
    "weights_missing",  # the embedded model's weights can't be had: params["detail"]
    "endless",  # an agent that calls its tools again and again
    "unanswered",  # a question of a chain to the reader of its run
    "weights_damaged",  # they failed their checksum
    "disk_full",
    "local_failed",  # llama.cpp would not start: params["detail"]
    "local_died",  # llama.cpp ended in mid-reply; it is being restarted
    # This server's own, about its visitors:
    "too_many_runs",  # in the last minute
    "too_many_streams",  # of one visitor at the same time: params["limit"]
    "tokens_spent",  # what the owner gives in a day
    "message_too_long",  # params["limit"], characters
    "closed",  # this provider only with a key of one's own
    "limits_down",  # the limits store is unreachable
    "busy",  # no place is free, and the line is full or can't be waited in
    "ending",  # this server is: it begins nothing, or could not wait for the reply's end
    "unknown",
]

Rule = tuple[Kind, Callable[[ErrorBody, int | None], object]]

BY_STATUS: Mapping[int, Kind] = {
    401: "unauthorized",
    402: "quota",
    403: "forbidden",
    404: "not_found",
    405: "no_chat_api",
    407: "proxy",
    408: "timeout",
    409: "server_error",  # Google's ABORTED
    413: "too_long",
    429: "rate_limited",
    498: "overloaded",  # Groq's
    499: "server_error",  # Google's CANCELLED
    501: "bad_request",
    504: "timeout",
    524: "timeout",
    529: "overloaded",
}
# With these a server says that something is wrong, and leaves it to the body to say what.
VAGUE = frozenset({None, 400, 403, 422, 500, 502, 503})

# With these it says it itself.
NAMED = BY_STATUS.keys() - VAGUE


def _codes(kind: Kind, parts: str, only: Container[int | None] | None = None) -> Rule:
    """Codes are in small letters without punctuation; `\\w*` is what providers put before and after."""
    pattern = re.compile(rf" (?:{parts.replace(' ', '|')}) ")
    return kind, lambda read, status: (only is None or status in only) and pattern.search(read.codes)


def _words(kind: Kind, words: str, but: Container[int | None] = ()) -> Rule:
    pattern = re.compile(rf"(?i){words}")
    return kind, lambda read, status: status not in but and pattern.search(read.words)


QUOTA = re.compile(
    r"(?i)insufficient (credit|balance|fund|quota)|balance is (insufficient|too low)"
    r"|\b(no|any|out of) credits|billing hard limit|exceeded your current quota(?!.*retry in)|more credits"
    r"|quota is not enough|free tier .{0,40}exhausted|your .{0,40}(usage|spend\w*) limit"
    r"|spending (cap|limit)|credits? (are|is|have been) (depleted|exhausted|used up)"
    r"|budget has been exceeded|\bkey limit exceeded|out of call volume"
    r"|余额不足|额度(不足|已用尽)|剩余额度|已欠费|included credits"
)
OVERLOADED = re.compile(
    r"(?i)\boverloaded\b|\b(at|over) capacity\b|too busy|\bhigh (demand|load)\b"
    r"|\bserver is (sleeping|shutting down)|(?<!error )(?<!failed )\bloading model\b"
    r"|\bmodel\b.{0,80}\bis (\w+ )?loading\b"
    r"|\bslots? (is |are )?(un|not )available|\bno slots? available"
    r"|requires more (system )?memory|is (warming|starting) up|no healthy upstream|\bserver busy\b"
)
# That a model isn't there, with its name or without. Many servers say so with 400 or 500.
NO_MODEL = re.compile(
    r"(?i)\bmodel(?: or endpoint)?(?: (?:name|id|identifier|path|(?:with|of) (?:key|id|name)))?[ =:]{0,2}"
    r"(?:[`'\"][^`'\"]{0,200}[`'\"]|[^\s`'\"]{1,200})??,? ?(?:(?:is|was|does|has been) )?(?:currently )?"
    r"(?:not (?:exist|found)|doesn['’]t exist|not available(?! right| at the|,? try)"
    r"|not supported(?! (?:for|with|when|in)\b)|decommissioned|deprecated|retired)"
    r"|\b(?:unknown|invalid|unsupported|unavailable|no such|not found the) model\b"
    r"(?: (?:name|id|identifier|code)\b|\W*$|[,.:=]| ['\"`(@]| \w+ or\b| (?=\S*[\d/]))"
    r"|not a valid model|model (?:id|identifier) is invalid|unexpected model name"
    r"|(?:unable to access|can ?not find|could(?: not|n't) find) .{0,15}\bmodel"
    r"|no (?:available channel|healthy deployments?|endpoints found|router) for|no models? .{0,15}\bloaded"
    r"|find suitable inference handler|LLM Provider NOT provided|repository not found"
    r"|(?:deployment|endpoint) .{0,40}does not exist|模型.{0,40}(?:不存在|无可用渠道)"
)
# Said with a status of the server's own faults.
UNSUPPORTED = re.compile(r"(?i)\bnot supported\b|\b(does not|doesn't) support\b")
# The first that holds decides. OpenAI says 429 of spent credit, Azure 400 of filtered content.
RULES: tuple[Rule, ...] = (
    _codes(
        "too_long",
        r"contextlengthexceeded\w* exceedcontextsize\w* contextwindowexceeded\w* requesttoolarge",
    ),
    _codes("bad_request", "validationexception", VAGUE),
    _codes(
        "quota",
        r"insufficient\w*(quota|balance|credits?|funds)\w* exceededcurrentquota\w* preconsume\w*quota\w*"
        r" \w*overdue\w* \w*billing\w* paymentrequired\w* arrearage",
    ),
    _codes(
        "content_filter",
        r"contentfilter contentpolicyviolation\w* datainspectionfailed contentmoderation\w*",
    ),
    ("redirected", lambda read, status: status is not None and 300 <= status < 400),
    ("quota", lambda read, status: read.delay is None and QUOTA.search(read.words)),
    # Gemini's, of a model that this account gets nothing of, however long it waits.
    _words("quota", r"quota.{0,300}\blimit: 0\b"),
    _words(
        "content_filter",
        r"\bflagged\b|(content|usage|safety) \w*\s?polic|new_sensitive|content exists risk|敏感|不安全",
        NAMED,
    ),
    # Said of a request that alone is more than a minute's: no window is full.
    _words("rate_limited", r"tokens per (minute|day)|\bTPM\b"),
    # A window that a setting of the request is too large for, and not the conversation.
    _words("bad_request", r"max_(completion_|new_|output_)?tokens\W.{0,40}too large"),
    # A template that wants user and assistant in turns, or no system prompt: the same request fails again.
    _words("bad_request", r"roles must alternate|chat.?template|jinja|TemplateError"),
    _words(
        "too_long",
        r"exceed\w*\b.{0,60}\b(context|token limit|maximum number of tokens|max\w*[ _](model |allowed )?len)"
        r"|max(imum)? (context|prompt|model) len"
        r"|(longer|greater|larger) than .{0,30}\b(context|max\w* (model )?len)"
        r"|(prompt|input|conversation) (is )?too long|input (\(\d+ tokens\) )?is too large to process"
        r"|(number|sum) of .{0,20}\btokens\b.{0,20} exceeds? |exceed max message tokens"
        r"|`inputs`.{0,60}must (be <=|have less than)"
        r"|token count .{0,60}(exceeds|supports)"
        r"|context .{0,30}\b(overflow|exceeded)|too large for model|overflows? the context"
        r"|context the overflows|tokens to keep from the initial prompt"
        r"|too many (input )?tokens(?!, please wait)|range of input length|超长",
        but=(429,),
    ),
    # nginx's, Go's and Apache's words for an http:// that should have been https://.
    _words("wrong_scheme", r"plain HTTP (request was sent )?to|HTTP request to an HTTPS server"),
    _words("no_chat_api", r"unexpected endpoint"),
    ("bad_request", lambda read, status: status in {500, 501} and UNSUPPORTED.search(read.words)),
    _codes("overloaded", r"\w*over(loaded|capacity)\w*", {*VAGUE, 429}),
    _codes("rate_limited", r"ratelimit\w* toomanyrequests\w* \w*throttl\w+ resourceexhausted 429", VAGUE),
    _codes(
        "unauthorized",
        r"(invalid|incorrect)apikey\w* apikeyinvalid authentication\w* unauth\w+ 401"
        r" expiredtoken\w* unrecognizedclient\w*",
        VAGUE,
    ),
    _words(
        "unauthorized", r"(incorrect|invalid) api key|api key (is |was )?(invalid|expired|not valid)", NAMED
    ),
    _codes("forbidden", r"permission(denied|error)\w* forbidden accessdenied\w* 403", VAGUE),
    _codes(
        "not_found",
        r"(model|deployment|endpoint)?notfound\w* modelnot(available|supported) (unknown|invalid)model 404",
        VAGUE,
    ),
    _codes("timeout", r"\w*timeout\w* deadlineexceeded 408 504", VAGUE),
    ("overloaded", lambda read, status: status in VAGUE and OVERLOADED.search(read.words)),
    ("not_found", lambda read, status: status in VAGUE - {403} and NO_MODEL.search(read.words)),
)
BAD_REQUEST = re.compile(r" (?:(invalid|bad)request\w*|invalidargument|\w*validation\w*|unsupported\w+) ")

# A number that isn't part of a name such as gpt-4-0613.
NUMBER = r"(?<![\w.-])(\d[\d,]{2,11})(?![\w-]|[.,]\d)"
WINDOW = tuple(
    re.compile(rf"(?i)(?:{before})(?:(?! by )\D){{0,40}}?{NUMBER}")  # what it exceeds, not by how much
    for before in (
        r"n_ctx|\s>|must be <=|less than|too large for model",
        r"(?:context|prompt|model|allowed) (?:length|size|window|limit|len)|maximum number of tokens"
        r"|supports|limit",
    )
)


def kind_of(read: ErrorBody, status: int | None) -> tuple[Kind, dict[str, str]]:
    """The kind, and of a conversation that is too long the numbers that were told: `tokens`, `window`."""
    kind = next((kind for kind, holds in RULES if holds(read, status)), None) or _by_status(read, status)
    return kind, _sizes(read) if kind == "too_long" else {}


def _by_status(read: ErrorBody, status: int | None) -> Kind:
    status = status or read.status
    if status is None:
        return "bad_request" if BAD_REQUEST.search(read.codes) else "provider_error"
    return BY_STATUS.get(status, "server_error" if status >= 500 else "bad_request")


def _sizes(read: ErrorBody) -> dict[str, str]:
    tokens, window = read.numbers.get("nprompttokens"), read.numbers.get("nctx")
    found = next(filter(None, (pattern.search(read.words) for pattern in WINDOW)), None)
    if window is None and found:
        window = int(found[1].replace(",", ""))
        numbers = (int(text.replace(",", "")) for text in re.findall(NUMBER, read.words))
        rest = [number for number in numbers if number != window]
        # Some tell the message and the reply apart.
        tokens = next((number for number in rest if number > window), None) or sum(rest[:2])
    if window is None:
        return {}
    return {"window": str(window), **({"tokens": str(tokens)} if tokens and tokens > window else {})}
