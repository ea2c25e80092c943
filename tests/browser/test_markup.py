"""What is said, on both sides, is drawn as it was said, and nothing of it is an element of the page."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET

FENCE = "```"
# A reply, and what its reader sees: where nothing else is said, all of it.
REPLIES = {
    "Use `std::vector<int>` or std::vector<int> v; and <your name>, a<b and c>d.": (
        "Use std::vector<int> or std::vector<int> v; and <your name>, a<b and c>d."
    ),
    '<script>alert(1)</script> in the <head>, then <div class="a">hello</div>, <input> and <br> here.': None,
    '<style>* { color: red }</style>\n\n<IMG/src=x onerror="window.executed = 1"> <svg><image href=x>': None,
    '<div id="message"><textarea></textarea></div> <button id="stop">Stop</button> <a name="lost">': None,
    '<div style="position:fixed;inset:0">over all</div> <dialog open>x</dialog> <div inert>y</div>': None,
    '<p class="fault">The server has gone.</p> <div class="thought-group">': None,
    "<!-- a comment --> <![CDATA[x]]> <?php echo 1 ?> <!DOCTYPE html>": None,
    "1. Do:\n   ```html\n<div id='stop'>\n   ```\n\n<form id='chat'>": (
        "Do:\n<div id='stop'>\n<form id='chat'>"
    ),
    "So <think>\nFirst, 2+2.\n\nIt is 4.\n</think>": None,
    "&lt;b&gt; &amp; &copy; &#60; &nbsp; %%%LATEX_BLOCK_0%%%": None,
    "20~30 and 3~5, 대략 20~30분, 大约3~5天 and ~/home~": None,
    "~~gone~~ stays, 10~~20 and 30~~40": "gone stays, 10~~20 and 30~~40",
    "<std::string> <xs:element> <host:80> [e]() ![f]( ) [g](/docs) [h](#run=x) ![i](/logout) [j](k.md)": None,
    "1. **新規アプリの追加（NEW APP）**を選択します。\n2. **历经10年发展，**年": (
        "新規アプリの追加（NEW APP）を選択します。\n历经10年发展，年"
    ),
    "これは**「重要」**で、*「斜体」*と。**강조(emph)**는 **“引用”**后": (
        "これは「重要」で、「斜体」と。강조(emph)는 “引用”后"
    ),
    'ไทย **(วงเล็บ)**ต่อ, ב**"שם"**, و**«نص»** à **(été)**à': 'ไทย (วงเล็บ)ต่อ, ב"שם", و«نص» à (été)à',
    "It costs $5 or $10, $x_1$ and $y_1$; open \\( and \\[ and $$.": None,
    "2*3*4, x**2 + y**2, 2**3**4, __init__ and __main__, snake_case_name": None,
    "*one* **two** __two words__ \\*three\\* a\\_b `f*o*u*r`": "one two two words *three* a_b f*o*u*r",
    "C:\\Users\\new, \\\\server\\share, \\d+\\.\\d, \\](x) and \\<b>": None,
    "See [^1] and [x].\n\n[^1]: A footnote\n\n[x]: https://a.b": None,
    "<https://a.b/?c=d&e>, https://a.b/%E3%81%82を and (https://x.y/z_(a)).": (
        "https://a.b/?c=d&e, https://a.b/%E3%81%82を and (https://x.y/z_(a))."
    ),
    "[a link](javascript:window.executed=3) and [b](data:text/html,x)": None,
    "# Head\n\n> quoted <b>\n\n- a <i>\n- b": "Head\nquoted <b>\na <i>\nb",
    "| a | b |\n|---|---|\n| <br> | 1~2 |": "a\tb\n<br>\t1~2",
    "Words\n===": None,
    "| a | b |\n|---|---|\n| `x|y` | a\\|b |\n| 1 | 2 | `3|4` |": "a\tb\nx|y\ta|b\n1\t2 | 3|4",
    "JS (*.js), TS (*.ts), src/**/*.ts, t/**/*.ts, **/*.py; /* a */ and /* b */, **src/**.": (
        "JS (*.js), TS (*.ts), src/**/*.ts, t/**/*.ts, **/*.py; /* a */ and /* b */, src/."
    ),
    "$\\mathbf{x}_{i}*\\mathbf{y}_{j}$, $a^*b^*$ and $\\|x\\|$ for $5_000 or *no* $": (
        "$\\mathbf{x}_{i}*\\mathbf{y}_{j}$, $a^*b^*$ and $\\|x\\|$ for $5_000 or no $"
    ),
    "Cheap $, mid $$, high $$$: $$ (some) or $$ (more), $$–$$$": None,
    "1\\. one, 3\\.5\n2\\. two": "1. one, 3\\.5\n2. two",
    f"{FENCE}html\n<div id='message'>&lt;</div> $$x$$ \\(y\\)\n{FENCE}": (
        "<div id='message'>&lt;</div> $$x$$ \\(y\\)"
    ),
    f"````\n{FENCE}\n<b>~a~ $5\n~~~~~\n\n{FENCE}\n````": f"{FENCE}\n<b>~a~ $5\n~~~~~\n\n{FENCE}",
    f'{FENCE}mermaid\ngraph <b> <img src="/file">\n{FENCE}': 'graph <b> <img src="/file">',
    f"{FENCE}constructor\n<b>\n{FENCE}": "<b>",
    f"{FENCE}extend\n<i>\n{FENCE}": "<i>",
    f"- {FENCE}cpp\n  int a<b>();\n\n  x\n  {FENCE}\n  *and*": "int a<b>();\n\nx\nand",
    "Code:\n\n    if a < b:\n        &amp;": "Code:\nif a < b:\n    &amp;",
    "> " * 30 + "deep": ("> " * 14 + "deep"),
    "مرحبا <b> שלום a\u200bb\u200dc \u202eabc\u202c 👩\u200d👩\u200d👧 cafe\u0301 \ufeffx": None,
}
FORMULAS = {
    "So \\(a \\le b\\) on \\([a, b]\\), and\n\\[x^2 + x\n- 9 = 0\\]\nIt costs $5 or $10.": (
        ["a \\le b", "[a, b]", "x^2 + x\n- 9 = 0"]
    ),
    "$$\n\\begin{array}{c}\n* b & c \\\\\n+ d\n\\end{array}\n$$\n\n1. $$x_1*y_1$$ <b>\\(a<b\\)": (
        ["\n\\begin{array}{c}\n* b & c \\\\\n+ d\n\\end{array}\n", "x_1*y_1", "a<b"]
    ),
    "\\begin{align*}\nx &= a_1 * b_1 \\\\\n+ y &= c\n\\end{align*}\nso \\begin{pmatrix}1&2\\end{pmatrix}": (
        [
            "\\begin{align*}\nx &= a_1 * b_1 \\\\\n+ y &= c\n\\end{align*}",
            "\\begin{pmatrix}1&2\\end{pmatrix}",
        ]
    ),
}
# What a user types is never Markdown.
TYPED = (
    "test\n<restate your message here>\ntest age(1~3), height(80~100)",
    "def f():\n    return 1\n\n\n1986. A year\n# no heading\n- a\n  - b",
    "    indented first\n\n  and <b>bold</b> <div id='stop'>x</div> **x** `y` [a](b) ![c](http://d.e/f.png)",
    "~~x~~ \\( \\) \\_ $$x$$ \\(y\\) &lt; &#38; \\\\ https://a.b www.c.d e@f.g %%%LATEX_BLOCK_0%%%",
    f"{FENCE}\nopen <think>\n\n\n| a |\n|---|\n  ",
)
# What a message may be made of, and those of them that aren't.
ELEMENTS = (
    "p, h1, ul, ol, li, blockquote, br, table, thead, tbody, tr, th, td, em, strong, s, a[target=_blank], "
    "div.code_wrap, div:not([class]), pre, code, span.token, .copy_code_button, .copy_code_button *"
)
OTHERS = """(elements) => {
  window.others = [];
  const look = () => {
    for (const one of document.querySelectorAll("#chat .message:not(:has(.thought-group)) .md *"))
      if (!one.matches(elements) || one.id || one.getAttribute("name") || one.style.length)
        others.push(one.outerHTML);
  };
  const all = { subtree: true, childList: true };
  new MutationObserver(look).observe(document.querySelector("#chat"), all);
}"""

# Each, and the text in it; what stands between blocks depends on which of them was drawn when.
ELEMENT_BY_ELEMENT = """(box) => [...box.querySelectorAll("*")].map((one) => [one.tagName,
  [...one.childNodes].filter((part) => part.nodeType === 3).map((part) => part.data.trim()).join("")])"""

SIDE = "one => getComputedStyle(one).direction"
BESIDE = """(box) => [...box.querySelectorAll(".md > p")].slice(0, 3).map((one) => {
  const text = document.createRange();
  text.selectNodeContents(one);
  const [inner, outer] = [text.getBoundingClientRect(), one.getBoundingClientRect()];
  return [inner.left - outer.left, outer.right - inner.right];
})"""

KEEP = "(kept) => localStorage.setItem('streaming-lab:conversation:replies', JSON.stringify(kept))"


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.new_chat()
    one_visitor.complaints.clear()
    return one_visitor


def ask(lab: LabPage, upstream: OpenAIServer, *pieces: str, rate: int = 0) -> None:
    upstream.set(f"recite,rate={rate}")
    assert "finish: stop" in lab.ask(json.dumps(pieces))


def test_replies(lab: LabPage, upstream: OpenAIServer) -> None:
    """All of them in one conversation, as this browser kept it, and to the model."""
    turns = [(("user", "next"), ("assistant", said)) for said in REPLIES]
    said = [
        {"role": role, "content": [{"type": "text", "text": text}]} for turn in turns for role, text in turn
    ]
    lab.page.evaluate(KEEP, {"at": 1, "said": said})
    lab.page.reload()
    lab.opened()
    lab.page.evaluate(OTHERS, ELEMENTS)
    lab.past.filter(has_text="next").click()
    expect(lab.said).to_have_count(len(REPLIES))
    for number, (text, shown) in enumerate(REPLIES.items()):
        expect(lab.said.nth(number)).to_have_text(text if shown is None else shown, use_inner_text=True)
    upstream.set("echo")
    lab.send("more")
    lab.done()
    sent = [
        one["content"] for one in upstream.requests(AS_SET)[-1].body["messages"] if one["role"] == "assistant"
    ]
    assert sent == list(REPLIES)
    assert lab.page.evaluate("[window.others, window.executed ?? null]") == [[], None]
    assert lab.complaints == []


def test_formulas(lab: LabPage, upstream: OpenAIServer) -> None:
    for said, formulas in FORMULAS.items():
        ask(lab, upstream, said)
        expect(lab.text.locator("annotation")).to_have_count(len(formulas))
        assert lab.text.locator("annotation").all_text_contents() == formulas


def test_items_side_by_side_are_one_list(lab: LabPage, upstream: OpenAIServer) -> None:
    ask(lab, upstream, "1. a\n1. b\n   - c\n   - d\n\n1. e\n\n> - f\n> - g")
    lists = lab.text.locator("ol, ul").evaluate_all("all => all.map((one) => one.children.length)")
    assert lists == [3, 2, 2]


def test_a_reply_that_grows_is_what_it_is_when_whole(lab: LabPage, upstream: OpenAIServer) -> None:
    text = "\n\n".join(said for said in REPLIES if not said.startswith((">", "1. Do"))) + "\n\nend of it"
    ask(lab, upstream, *(text[at : at + 23] for at in range(0, len(text), 23)), rate=150)
    expect(lab.text).to_contain_text("end of it")
    grown = lab.text.evaluate(ELEMENT_BY_ELEMENT)
    lab.new_chat()
    ask(lab, upstream, text)
    expect(lab.text).to_contain_text("end of it")
    assert lab.text.evaluate(ELEMENT_BY_ELEMENT) == grown


def test_a_script_from_right_to_left_and_what_is_wide(lab: LabPage, upstream: OpenAIServer) -> None:
    table = f"|{'long header|' * 15}\n|{'-|' * 15}\n|{'cell|' * 15}"
    wide = f"`{'z' * 500}`\n\n{table}\n\n\\[{'x+' * 100}x\\]"
    ask(lab, upstream, f"מילה (1).\n\n- אחת\n\nLeft.\n\n- b\n\n{wide}")
    # How far a text is from the left and from the right, and where a list's bullets stand.
    beside = lab.text.evaluate(BESIDE)
    assert [left > right for left, right in beside] == [True, False, False]
    assert lab.text.locator("ul").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).direction)"
    ) == [
        "rtl",
        "ltr",
    ]
    assert lab.page.locator("#chat [role=log]").evaluate("log => log.scrollWidth - log.clientWidth") <= 1


def test_a_script_from_right_to_left_that_is_typed(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=2")
    for typed, direction in (("מילה (1).\nLeft.", "rtl"), ("Left.", "ltr")):
        lab.message.fill(typed)
        assert lab.message.evaluate(SIDE) == direction
        lab.ask(typed)
        written = lab.users.last.locator("p")
        assert written.evaluate(SIDE) == direction
        assert written.inner_text() == typed
        lab.page.get_by_role("button", name="Edit").last.click()
        expect(lab.page.locator("#chat textarea")).to_have_value(typed)
        lab.page.get_by_role("button", name="Cancel").click()


def test_what_users_type(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=2")
    lab.page.evaluate(OTHERS, "p")
    for typed in TYPED:
        lab.ask(typed)
        assert lab.users.last.locator("p").text_content() == typed
        assert lab.users.last.locator("p").inner_text() == typed
        assert upstream.requests(AS_SET)[-1].body["messages"][-1]["content"] == typed
    lab.page.get_by_role("button", name="Edit").last.click()
    expect(lab.page.locator("#chat textarea")).to_have_value(TYPED[-1])
    lab.page.get_by_role("button", name="Cancel").click()
    for typed in TYPED[::-1]:
        assert lab.users.last.locator("p").text_content() == typed
        lab.page.get_by_role("button", name="Undo").click()
        expect(lab.message).to_have_value(typed)
    assert all("Lorem" in other for other in lab.page.evaluate("window.others"))
