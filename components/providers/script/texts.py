"""What the scripted provider says, and how fast."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

FAILURES = ("none", "401", "429", "500", "drop", "silent_end", "stall", "malformed")
REFUSALS = frozenset({"401", "429", "500"})  # an HTTP status, so they come before the first token


@dataclass(frozen=True, slots=True)
class Script:
    """Seconds (`delay` before the first token, `timeout` of a stall), tokens, and tokens a second."""

    delay: float = 0.3
    rate: float = 30  # 0 is all at once
    length: int = 120
    language: str = "en"
    failure: str = "none"
    fail_after: int = 20
    timeout: float = 30

    def tokens(self, limit: int, stop: Sequence[str] = ()) -> tuple[list[str], str]:
        """The tokens to say, at most `limit` and none from a stop sequence on, and their finish reason."""
        once = tokenize(TEXTS[self.language])
        # JSON is said once, however long the reply may be: a second document would be one too many.
        again = [] if self.language == JSON else ["\n\n" + once[0], *once[1:]]
        said = [*once, *islice(cycle(again), max(0, self.length - len(once)))][: self.length]
        text = "".join(said)
        ends = [at for at in (text.find(word) for word in stop if word) if at >= 0]
        if ends:
            said = tokenize(text[: min(ends)])
        return (said[:limit], "length") if len(said) > limit else (said, "stop")


def tokenize(text: str) -> list[str]:
    """Words, marks, and two characters at a time where no spaces are written; they add up to `text`."""
    cjk = r"\u3040-\u30ff\u3400-\u9fff"
    return re.findall(rf"\s*(?:[A-Za-z0-9']+|[{cjk}]{{1,2}}|[^\sA-Za-z0-9'{cjk}]+)|\s+", text)


# What has no language: the countries example's answer. Its choice stands among the languages.
JSON = "json"

# Those in a language are 120 tokens long, the default length, so that the default reply ends where its last
# sentence does.
TEXTS = {
    "en": """\
**Streaming** means reading a reply while it is still being written. A model makes its text token by token, \
and each one can be sent as soon as it exists. So the first words reach you in a moment, however long the \
whole reply takes.

In LangChain, one loop is enough:

```python
for chunk in model.stream("Hello"):
    print(chunk.text, end="")
```

Each chunk is a small message. Added together they are the whole reply, and the last one says why it ended. \
Without streaming, you would wait for all of it, and see nothing meanwhile.""",
    "ja": """\
**ストリーミング**とは、書かれている途中の返答を読むことです。モデルは文章をトークンごとに作り、できたものからすぐに送れます。\
だから全体がどれほど長くても、最初の言葉は一瞬で届きます。

LangChainでは、ループ一つで足ります。

```python
for chunk in model.stream("こんにちは"):
    print(chunk.text, end="")
```

チャンクは一つ一つが小さなメッセージです。足し合わせると返答の全体になり、最後のものが、返答の終わった理由を伝えます。あとは読むだけです。""",
    "zh-CN": """\
**流式输出**是指在回复还没写完时就开始阅读。模型逐个词元地生成文字，每个词元一产生就可以发送。\
所以不管整个回复有多长，最前面的几个字很快就会出现。

在LangChain里，一个循环就够了：

```python
for chunk in model.stream("你好"):
    print(chunk.text, end="")
```

每个块都是一条小消息。把它们加在一起就是完整的回复，最后一块会说明为什么结束。如果不用流式输出，就只能一直等到全部内容都写完，才能看到第一个字。流式输出让等待变短，读起来也轻松。""",
    JSON: """\
{
  "countries": [
    {"name": "France", "population": 68374000},
    {"name": "Spain", "population": 48797000},
    {"name": "Japan", "population": 123975000}
  ]
}""",
}
LANGUAGES = tuple(TEXTS)
