"""What the scripted provider says and thinks."""

import re
from itertools import chain, cycle, islice


def tokenize(text: str) -> list[str]:
    """Words, marks, and two characters at a time where no spaces are written; they add up to `text`."""
    cjk = r"\u3040-\u30ff\u3400-\u9fff"
    return re.findall(rf"\s*(?:[A-Za-z0-9']+|[{cjk}]{{1,2}}|[^\sA-Za-z0-9'{cjk}]+)|\s+", text)


def repeated(text: str, length: int) -> list[str]:
    """So many tokens of it, said again and again."""
    once = tokenize(text)
    return list(islice(chain(once, cycle(["\n\n" + once[0], *once[1:]])), length))


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
THOUGHTS = {
    "en": "The reader asks how streaming works. I should begin with what it is, and then show one loop.",
    "ja": "読者はストリーミングの仕組みを知りたいようです。まず意味を述べ、次にループを一つ見せましょう。",
    "zh-CN": "读者想知道流式输出怎样工作。我先说明它是什么，再给出一个循环。",
    JSON: "The answer must be JSON alone: three countries, each with its name and population.",
}
