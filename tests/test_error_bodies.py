"""What an error's body means: every shape that servers are known to answer with, and what is told of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from components.streaming.error_kind import Kind
from components.streaming.faults import DETAIL, RETRYABLE, fault_of_body

KEY = "sk-good-SECRETSECRETSECRET-7Q4Z"
FORBIDDEN_INPUT = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted", "input": True}
PYDANTIC = [{**FORBIDDEN_INPUT, "loc": ["body", "stream_options", "include_usage"]}]
EXTRA_INPUT = "body.stream_options.include_usage: Extra inputs are not permitted"


def openai(message: object, **more: object) -> dict[str, Any]:
    return {
        "error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **more}
    }


# The body, the response's status (None inside a stream), the kind and the words.
SHAPES: list[tuple[object, int | None, Kind, str]] = [
    (openai("No."), 400, "bad_request", "No."),
    (openai("No."), None, "bad_request", "No."),
    (openai("Two\n  lines\t."), 500, "server_error", "Two lines ."),
    ({"error": "out of memory", "error_type": "generation"}, None, "provider_error", "out of memory"),
    ({"error": "out of memory", "error_type": "generation"}, 200, "provider_error", "out of memory"),
    ({"error": "model 'x' not found"}, 404, "not_found", "model 'x' not found"),
    (openai("Loading model", type="unavailable_error"), 503, "overloaded", "Loading model"),
    ({"status": "loading model"}, 503, "overloaded", "status: loading model"),
    ({"error": "Model a/b is currently loading"}, 503, "overloaded", "Model a/b is currently loading"),
    ({"error": {"message": "Slot unavailable"}}, 503, "overloaded", "Slot unavailable"),
    ({"status": "no slot available"}, 503, "overloaded", "status: no slot available"),
    ({"error": {"message": "Server is shutting down"}}, None, "overloaded", "Server is shutting down"),
    (openai("It does not support chat.", type="x"), 501, "bad_request", "It does not support chat."),
    (openai("image input is not supported"), 500, "bad_request", "image input is not supported"),
    (openai("input is too large to process"), 500, "too_long", "input is too large to process"),
    ({"code": 400, "details": "logprobs of 21"}, None, "bad_request", "logprobs of 21"),
    ({"message": "TimeoutError", "type": "GatewayTimeout", "code": 504}, None, "timeout", "TimeoutError"),
    ({"error": {"message": "late", "type": "GatewayTimeout"}}, None, "timeout", "late"),
    ({"error": {"message": "later", "code": "504"}}, None, "timeout", "later"),
    ({"object": "error", "message": {"detail": PYDANTIC}, "code": None}, 422, "bad_request", EXTRA_INPUT),
    ({"detail": PYDANTIC}, 422, "bad_request", EXTRA_INPUT),
    ({"detail": PYDANTIC * 2}, 422, "bad_request", EXTRA_INPUT),
    ({"detail": "Not authenticated"}, 403, "forbidden", "Not authenticated"),
    ({"detail": "Method Not Allowed"}, 405, "no_chat_api", "Method Not Allowed"),
    ({"message": "Invalid key", "request_id": "r"}, 401, "unauthorized", "Invalid key"),
    ({"Message": "Denied"}, 403, "forbidden", "Denied"),
    ({"code": "InvalidApiKey", "message": "Not that one."}, 400, "unauthorized", "Not that one."),
    (
        {"success": False, "errors": [{"code": 7003, "message": "a"}, {"message": "b"}]},
        400,
        "bad_request",
        "a; b",
    ),
    ({"errors": {"model": ["is invalid"]}}, 422, "bad_request", "model: is invalid"),
    (
        {"type": "about:blank", "title": "Gone", "status": 410, "detail": "Moved."},
        410,
        "bad_request",
        "Moved.",
    ),
    (
        {"type": "about:blank", "title": "Too Many Requests", "status": 429},
        None,
        "rate_limited",
        "Too Many Requests",
    ),
    (
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        529,
        "overloaded",
        "Overloaded",
    ),
    ({"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}, None, "overloaded", "Busy"),
    ([{"error": {"code": 400, "message": "Bad.", "status": "INVALID_ARGUMENT"}}], 400, "bad_request", "Bad."),
    (
        [{"error": {"code": 429, "message": "Slow.", "status": "RESOURCE_EXHAUSTED"}}],
        None,
        "rate_limited",
        "Slow.",
    ),
    (
        {"error": "invalid_request", "error_description": "No such scope."},
        400,
        "bad_request",
        "No such scope.",
    ),
    (
        {"status": 400, "error": "Bad Request", "message": "Why not", "path": "/v1"},
        400,
        "bad_request",
        "Why not",
    ),
    ({"error": True, "message": "Said beside it"}, 500, "server_error", "Said beside it"),
    ({"error": None, "message": "Said beside it"}, 500, "server_error", "Said beside it"),
    ({"error": {"message": {"text": "deep"}}}, 400, "bad_request", "deep"),
    ({"error": {"message": ["one", "two", "one"]}}, 400, "bad_request", "one; two"),
    (openai("Input was flagged"), 403, "content_filter", "Input was flagged"),
    (
        openai("This was against our usage policies."),
        400,
        "content_filter",
        "This was against our usage policies.",
    ),
    (
        {"error": {"code": "1301", "message": "内容可能不安全或敏感"}},
        None,
        "content_filter",
        "内容可能不安全或敏感",
    ),
    (openai("Your account balance is insufficient"), 403, "quota", "Your account balance is insufficient"),
    (
        openai("Your team doesn't have any credits yet."),
        403,
        "quota",
        "Your team doesn't have any credits yet.",
    ),
    (
        openai(
            "Too large on tokens per minute (TPM): Limit 6000, Requested 9000", code="rate_limit_exceeded"
        ),
        413,
        "rate_limited",
        "Too large on tokens per minute (TPM): Limit 6000, Requested 9000",
    ),
    ({"error": {"message": "", "type": "oops"}}, 500, "server_error", "type: oops"),
    (
        {"fault": {"faultstring": "Too much", "detail": {"errorcode": "Quota"}}},
        429,
        "rate_limited",
        "Too much",
    ),
    ({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}, None, "provider_error", "login fail"),
    ({"unheard": "of", "a": 1}, 400, "bad_request", "unheard: of, a: 1"),
    (
        {
            "error": {
                "message": "Provider returned error",
                "code": 400,
                "metadata": {"raw": '{"detail": "Its own."}'},
            }
        },
        None,
        "bad_request",
        "Its own.",
    ),
    (
        {
            "error": {
                "message": "litellm.BadRequestError: OpenAIException - {'error': {'message': \"It's no\"}}"
            }
        },
        400,
        "bad_request",
        "litellm.BadRequestError: OpenAIException: It's no",
    ),
    (
        "Error code: 429 - {'error': {'message': 'Slow down'}}",
        None,
        "rate_limited",
        "Error code: 429: Slow down",
    ),
    ('data: {"error": "in an event"}\n\ndata: [DONE]\n\n', 500, "server_error", "in an event"),
    ('{"error": "unparsed"}', 400, "bad_request", "unparsed"),
    (b'{"error": "bytes"}', 400, "bad_request", "bytes"),
    ("upstream connect error", 503, "server_error", "upstream connect error"),
    ("404 page not found", None, "not_found", "404 page not found"),
    ("Broken { brace", 400, "bad_request", "Broken { brace"),
    ("{'a': 1", 400, "bad_request", "{'a': 1"),
    (
        "<html><head><title>502 Bad\nGateway</title></head><body><hr>nginx",
        502,
        "server_error",
        "502 Bad Gateway",
    ),
    ("<!DOCTYPE html><h1>It&#39;s &lt;down&gt;</h1>", 503, "server_error", "It's <down>"),
    ({"message": "<html><title>Error 502</title></html>"}, 502, "server_error", "Error 502"),
    ("<p>Log in <b>first</b><script>x()</script>", 403, "forbidden", "Log in first"),
    ("<Error><Code>AccessDenied</Code><Message>No.</Message></Error>", 403, "forbidden", "No."),
    ("", 500, "server_error", ""),
    (None, 500, "server_error", ""),
    (None, None, "provider_error", ""),
    ({}, 400, "bad_request", ""),
    ([], 400, "bad_request", ""),
    ([[["nested"]]], 400, "bad_request", "nested"),
    (503, None, "server_error", "503"),
    (1e400, None, "provider_error", "inf"),
    (True, 500, "server_error", ""),
    ({"error": {"code": 10**30, "message": "huge"}}, None, "provider_error", "huge"),
    ({"error": {"code": float("nan"), "message": "odd"}}, None, "provider_error", "odd"),
    ("half \ud83d and \x1b[31mred", 400, "bad_request", "half and [31mred"),
]


@pytest.mark.parametrize(("body", "status", "kind", "words"), SHAPES)
def test_shape(body: object, status: int | None, kind: Kind, words: str) -> None:
    fault = fault_of_body(body, status=status)
    assert (fault.kind, fault.params["detail"]) == (kind, words)
    assert fault.retryable == (kind in RETRYABLE)
    if isinstance(body, dict | list):
        assert fault_of_body(json.dumps(body), status=status) == fault


# The same kinds whatever the provider: what it says, with which status and codes.
KINDS: list[tuple[Kind, int | None, object]] = [
    (
        "quota",
        429,
        openai("You exceeded your current quota.", type="insufficient_quota", code="insufficient_quota"),
    ),
    ("quota", 429, openai("You exceeded your current quota, please check your plan and billing details.")),
    ("quota", 402, {"error": {"message": "This request requires more credits", "code": 402}}),
    ("quota", 402, {"error": "anything"}),
    (
        "quota",
        400,
        {"type": "error", "error": {"message": "Your credit balance is too low to access the API."}},
    ),
    ("quota", None, openai("Billing hard limit has been reached", code="billing_hard_limit_reached")),
    ("quota", None, {"error": {"code": 402, "message": "Insufficient Balance"}}),
    (
        "quota",
        403,
        openai("用户额度不足, 剩余额度: ＄0.1", type="new_api_error", code="insufficient_user_quota"),
    ),
    ("quota", 401, openai("该令牌额度已用尽", type="new_api_error")),
    ("quota", 429, openai("You've reached your monthly included credits for Inference Providers.")),
    ("unauthorized", 400, {"code": "Client specified an invalid argument", "error": "Incorrect API key"}),
    (
        "rate_limited",
        None,
        {"message": "Too many tokens, please wait before trying again.", "__type": "ThrottlingException"},
    ),
    ("quota", None, openai("token quota is not enough", code="pre_consume_token_quota_failed")),
    (
        "quota",
        429,
        openai("Your account is suspended, check your plan.", type="exceeded_current_quota_error"),
    ),
    ("quota", 403, openai("Your account has an overdue balance.", code="AccountOverdueError")),
    (
        "quota",
        403,
        openai("The free tier of the model has been exhausted.", code="AllocationQuota.FreeTierOnly"),
    ),
    ("quota", 400, openai("You have reached your specified API usage limits.")),
    ("overloaded", 429, openai("Please try again later", type="engine_overloaded_error")),
    ("rate_limited", 429, openai("Rate limit reached for gpt-4o", type="tokens", code="rate_limit_exceeded")),
    ("rate_limited", 429, openai("Request too large on tokens per min (TPM): Limit 30000, Requested 40000.")),
    (
        "rate_limited",
        429,
        {"error": {"status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded for requests."}},
    ),
    ("rate_limited", None, openai("Slow down", type="requests", code="rate_limit_exceeded")),
    ("rate_limited", 500, {"__type": "ThrottlingException", "code": "ThrottlingException"}),
    ("rate_limited", 429, {"message": "Too many tokens, please wait before trying again."}),
    (
        "unauthorized",
        400,
        [{"error": {"code": 400, "details": [{"reason": "API_KEY_INVALID"}], "message": "Not valid."}}],
    ),
    ("unauthorized", None, openai("Incorrect API key", code="invalid_api_key")),
    ("forbidden", None, {"error": {"type": "permission_error", "message": "No"}}),
    ("not_found", None, openai("The model `x` does not exist", code="model_not_found")),
    ("overloaded", 503, openai("The engine is currently overloaded, please try again later.")),
    ("overloaded", 529, ""),
    ("overloaded", 503, {"error": "Model too busy, unable to get response in less than 60 seconds"}),
    ("content_filter", 400, openai("The response was filtered", code="content_filter")),
    ("timeout", 524, "<title>524: A timeout occurred</title>"),
    ("proxy", 407, "<h1>Proxy Authentication Required</h1>"),
    (
        "bad_request",
        400,
        openai("max_tokens is too large: 5000. This model's maximum context length is 4096 tokens"),
    ),
    (
        "bad_request",
        500,
        openai("Conversation roles must alternate user/assistant/user/assistant/...", code=500),
    ),
    ("no_chat_api", 200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    ("quota", 429, openai("Your project has exceeded its monthly spending cap.")),
    ("quota", 429, openai("Your prepayment credits are depleted.")),
    (
        "quota",
        429,
        openai("You exceeded your current quota. Metric: x, limit: 0, model: m Please retry in 34s."),
    ),
    ("overloaded", 503, openai("This model is currently experiencing high demand. Please try again later.")),
    ("server_error", 499, {"error": {"code": 499, "message": "The operation was cancelled."}}),
    ("bad_request", 400, openai('Failed to load model "x". Error: Error loading model.')),
    *(
        ("not_found", status, openai(message))
        for status, message in (
            (400, 'Invalid model identifier "x y". Please specify a valid downloaded model (e.g., a, b).'),
            (400, "No models loaded. Please load a model in the developer page."),
            (400, "x is not a valid model ID"),
            (400, "No endpoints found for x."),
            (422, "Unable to access non-serverless model x. Please visit https://api.example/models."),
            (400, "The model `x` has been decommissioned and is no longer supported."),
            (400, "litellm.BadRequestError: LLM Provider NOT provided. You passed model=x"),
            (400, "/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view them."),
            (500, "litellm.APIError: OpenAIException - The model `x` does not exist"),
            (400, "model 'x' not found"),
            (500, "model name=x is not found"),
            (400, "could not find suitable inference handler for x"),
            (400, "Unknown model: x"),
            (400, "Model Not Exist"),
            (400, "The requested model 'x' is not supported by any provider you have enabled."),
            (400, "The provided model identifier is invalid."),
            (400, "* GenerateContentRequest.model: unexpected model name format"),
            (400, "模型不存在，请检查模型代码。"),
            (503, "当前分组 default 下对于模型 x 无可用渠道"),
            (None, "The model `x` does not exist"),
        )
    ),
    ("not_found", 400, {"error": {"code": "unknown_model", "message": "x"}}),
    *(
        ("bad_request", 400, openai(message))
        for message in (
            "`x` does not support tools",
            "The function `f` does not exist. The model must call one of tools.",
            "model field 'a' not found in schema",
            "Invalid model parameters: temperature must be below 2",
            "Image inputs are not supported by this model",
            "The reasoning effort `x` is not available for this model",
            "Model x is not supported with response_format",
        )
    ),
    ("overloaded", 503, openai("Model x is not available right now, too busy")),
    # boto3's and LiteLLM's exceptions, in the words of what passes them on.
    ("rate_limited", 500, {"detail": "An error occurred (ThrottlingException) when calling Converse: No."}),
    ("forbidden", 500, {"detail": "An error occurred (AccessDeniedException) when calling Converse: No."}),
    ("unauthorized", 500, {"detail": "An error occurred (ExpiredTokenException) when calling Converse: No."}),
    ("bad_request", 500, {"detail": "An error occurred (ValidationException) when calling Converse: No."}),
    ("server_error", 500, {"detail": "An error occurred (InternalServerException) when calling it: No."}),
    ("rate_limited", None, openai("litellm.RateLimitError: GroqException - Wait")),
    ("unauthorized", 500, openai("litellm.AuthenticationError: No.")),
    ("too_long", None, openai("litellm.ContextWindowExceededError: No.")),
    ("quota", 400, openai("Budget has been exceeded! Current cost: 10.2, Max budget: 10.0")),
    ("quota", 403, openai("Key limit exceeded (total limit).")),
    ("quota", 412, openai("Account x is suspended, possibly due to reaching the monthly spending limit.")),
    ("quota", 403, {"statusCode": 403, "message": "Out of call volume quota."}),
    ("content_filter", 400, openai("Content Exists Risk")),
    ("too_long", 400, {"type": "error", "error": {"type": "request_too_large", "message": "Too large"}}),
    ("not_found", 400, openai("Unsupported model: x")),
    ("bad_request", 400, openai("Unsupported model parameters")),
    *(
        ("overloaded", status, openai(message))
        for status, message in (
            (500, "model requires more system memory (5.6 GiB) than is available (3.1 GiB)"),
            (503, "server busy, please try again. maximum pending requests exceeded"),
            (503, "The model is warming up"),
            (503, "no healthy upstream"),
        )
    ),
]


@pytest.mark.parametrize(("kind", "status", "body"), KINDS)
def test_kind(kind: Kind, status: int | None, body: object) -> None:
    fault = fault_of_body(body, status=status)
    assert (fault.kind, fault.retryable) == (kind, kind in RETRYABLE)
    if status not in (None, 200):
        assert fault.params["status"] == str(status)


# How servers say that a conversation is too long, and the numbers they give: asked, read.
OVERFLOWS: list[tuple[object, str, str]] = [
    (
        openai(
            "This model's maximum context length is 8192 tokens. However, your messages resulted in "
            "9000 tokens.",
            code="context_length_exceeded",
        ),
        "9000",
        "8192",
    ),
    (
        "This model's maximum context length is 4097 tokens, however you requested 5000 tokens (1000 in your "
        "prompt; 4000 for the completion).",
        "5000",
        "4097",
    ),
    (openai("Your input exceeds the context window of this model.", code="context_length_exceeded"), "", ""),
    ("The decoder prompt (length 5000) is longer than the maximum model length of 4096.", "5000", "4096"),
    ("The input (5000 tokens) is longer than the model's context length (4096 tokens).", "5000", "4096"),
    (
        {
            "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. "
            "Given: 4000 `inputs` tokens and 512 `max_new_tokens`",
            "error_type": "validation",
        },
        "4512",
        "4096",
    ),
    ("Input validation error: `inputs` must have less than 1024 tokens. Given: 3000", "3000", "1024"),
    (
        {
            "error": {
                "code": 400,
                "message": "request (33056 tokens) exceeds the available context size (32768 tokens)",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 33056,
                "n_ctx": 32768,
            }
        },
        "33056",
        "32768",
    ),
    (
        "request (33056 tokens) exceeds the available context size (32768 tokens), try increasing it",
        "33056",
        "32768",
    ),
    (
        {
            "code": 400,
            "message": "the request exceeds the available context size. try increasing the context size "
            "or enable context shift",
            "type": "invalid_request_error",
        },
        "",
        "",
    ),
    (
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded "
        "with context length of only 4096 tokens, which is not enough.",
        "5000",
        "4096",
    ),
    (
        "The number of tokens to keep from the initial prompt is greater than the context length "
        "(n_keep: 5000 >= n_ctx: 4096).",
        "5000",
        "4096",
    ),
    ("The number of tokens to keep from the initial prompt is greater than the context length.", "", ""),
    (
        [
            {
                "error": {
                    "code": 400,
                    "message": "The input token count (1200000) exceeds the maximum number of tokens "
                    "allowed (1048576).",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
        "1200000",
        "1048576",
    ),
    ("The input token count exceeds the maximum number of tokens allowed 1,048,576.", "", "1048576"),
    ("the input token count is 40000 but model only supports up to 32768. Reduce it.", "40000", "32768"),
    (
        {
            "error": {
                "type": "invalid_request_error",
                "message": "prompt is too long: 208310 tokens > 200000 maximum",
            }
        },
        "208310",
        "200000",
    ),
    ("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", "210000", "200000"),
    (
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        "537812",
        "131072",
    ),
    (
        "This endpoint's maximum context length is 32768 tokens. However, you requested about 40000.",
        "40000",
        "32768",
    ),
    ("gpt-4-0613: maximum context length is 8192 tokens", "", "8192"),
    ("Context size has been exceeded.", "", ""),
    ("Input length (9000 tokens) exceeds the maximum allowed length (4096 tokens).", "9000", "4096"),
    ("prompt too long; exceeded max context length by 1234 tokens", "", ""),
    ("input (9000 tokens) is too large to process. increase the physical batch size", "", ""),
    ("Invalid 'input': The sum of input tokens exceeds 8192.", "", ""),
    ("The total number of tokens in the prompt exceeds the limit of 4096", "", "4096"),
    ("Total tokens of image and text exceed max message tokens", "", ""),
    ("Prompt contains 40000 tokens, too large for model with 32768 maximum context", "40000", "32768"),
    ("Input is too long for requested model.", "", ""),
    ("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]", "", ""),
    ("Prompt 超长", "", ""),
    ("The requested number of tokens 5000 exceeds max_seq_len", "", ""),
    ("Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)", "9000", "8192"),
    (
        "Please reduce the length. Current length is 9012 while limit is 8192; context exceeded",
        "9012",
        "8192",
    ),
]


@pytest.mark.parametrize(("body", "tokens", "window"), OVERFLOWS)
def test_too_long(body: object, tokens: str, window: str) -> None:
    for status in (400, None, 500):
        fault = fault_of_body(body, status=status)
        assert (fault.kind, fault.retryable) == ("too_long", False)
        assert (fault.params.get("tokens", ""), fault.params.get("window", "")) == (tokens, window)


@pytest.mark.parametrize(
    "body", ["word " * 100_000, {"error": "<" * 100_000}, "<b>" * 100_000, "{" * 100_000]
)
def test_a_long_one_is_cut(body: object) -> None:
    assert len(fault_of_body(body, status=400).params["detail"]) <= DETAIL


@pytest.mark.slow
def test_one_that_refers_to_itself() -> None:
    body: dict[str, Any] = {}
    body |= {"error": body, "errors": [body] * 9, "a": body}
    assert fault_of_body(body, status=400).kind == "bad_request"
    deep: Any = "deep"
    for _ in range(5000):
        deep = {"error": [deep]}
    assert fault_of_body(deep, status=500).kind == "server_error"


def test_a_key_is_struck_out() -> None:
    for said in (f"The key {KEY} is no good", "x" * (DETAIL - 10) + KEY, json.dumps({"error": {"key": KEY}})):
        for body in (said, {"error": said}, [{"error": {"message": [said]}}]):
            assert KEY[:12] not in str(fault_of_body(body, status=401, secrets=(KEY,)).params)
    plain = "plain-token-7Q4Z"
    fault = fault_of_body(
        {"error": plain}, status=307, headers={"Location": f"http://h/?k={plain}"}, secrets=[plain]
    )
    assert plain not in str(fault)


def in_(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"retry-after": "60"}, 60, 60),
        ({"Retry-After": " 1.5 "}, 1.5, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2, 2),
        # Dates far enough from now that it doesn't matter how long the tests before this one take.
        ({"retry-after": in_(100_000)}, 90_000, 100_000),
        ({"retry-after": in_(-100_000)}, 0, 0),
        ({"retry-after": "-5"}, 0, 0),
        ({"retry-after": "60s"}, 60, 60),
        ({"retry-after": "6m0s"}, 360, 360),
        # As Unix tells the time, which some take for a wait.
        ({"retry-after": str(int(datetime.now(UTC).timestamp()) + 100_000)}, 90_000, 100_000),
    ],
)
def test_retry_after(headers: dict[str, str], least: float, most: float) -> None:
    fault = fault_of_body("", status=429, headers=headers)
    assert fault.retry_after is not None
    assert least <= fault.retry_after <= most


@pytest.mark.parametrize(
    "value",
    [
        "inf",
        "1e400",
        "nan",
        "-inf",
        "soon",
        "",
        "1e308",
        "Wed, 21 Oct 99999999999 07:28:00 GMT",
        "5, 5",
        "９９９９９９９９９９",
    ],
)
def test_a_retry_after_that_says_nothing(value: str) -> None:
    for name in ("retry-after", "retry-after-ms"):
        assert (fault_of_body("", status=429, headers={name: value}).retry_after or 0.0) < 1e8


def test_google_tells_the_wait_in_the_body() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}]
    said = "You exceeded your current quota, please check your plan. Please retry in 34.07s."
    fault = fault_of_body([{"error": {"code": 429, "message": said, "details": details}}], status=429)
    assert (fault.kind, fault.retry_after) == ("rate_limited", 34.07)


@pytest.mark.parametrize("name", ["retry_after", "retry_after_seconds", "retryAfter", "resets_in_seconds"])
def test_the_wait_in_a_field_of_the_body(name: str) -> None:
    for body in (openai("Slow down.", **{name: 12}), openai("Slow down.", metadata={name: "12"})):
        assert fault_of_body(body, status=429).retry_after == 12


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Please retry after 38 seconds.", 38.0),
        ("Please try again in 6m0s.", 360.0),
        ("Please try again in 20ms.", 0.02),
        ("Please try again in 1.5 s", 1.5),
        ("Please try again in a moment.", None),
    ],
)
def test_the_wait_in_words(words: str, seconds: float | None) -> None:
    assert fault_of_body(openai(words), status=429).retry_after == seconds
