"""The page as its user handles it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Frame, Locator, Page, TimeoutError, expect

from components.locale import Words

ENGLISH = Words("en")
# The quiet line of a reply that streamed, and of a whole one; a busy machine may have read the few words of a
# quick model at once, and the way to a busy page is said to have held them.
STREAMED = re.compile(r"finish: \w+ · (the model |thought, then |the model thought, then )?streamed\b")
WHOLE = re.compile(rf"{STREAMED.pattern}|finish: \w+ · (arrived|the reply came) in one piece\b")
# What Gradio says of a page that is left.
LEFT = re.compile("AbortError|errored out")
# Milliseconds. `expect` soon looks but once a second: what takes time is waited for in the page itself.
LOOK, LONGEST = 50, 120_000
# The last reply, or the one with that number, has ended.
ENDED = """(number) => {
  const replies = [...document.querySelectorAll("#chat .bot.message")];
  const lines = replies.map((reply) => [...reply.querySelectorAll(".thought-group .title")].at(-1))
    .filter(Boolean);
  return !conversations.replying() && document.querySelector("#stop").disabled
    && lines.length > 0 && (!number || lines.length === number)
    && /streamed|one piece|cut off|failed|Stop|stopped/.test(lines.at(-1).textContent);
}"""

# What is known where it doesn't: of the page, and of a run under way.
SHOWN = """() => ({
  replying: conversations.replying(),
  pending: conversations.pending(),
  replies: document.querySelectorAll("#chat .bot.message").length,
  enabled: [...document.querySelectorAll("#under-chat button:enabled")].map(({ id }) => id),
  connection: document.getElementById("connection").className,
  run: document.querySelector("#run-word")?.textContent,
  said: document.getElementById("chat").innerText,
})"""


# Time that goes on with the pictures that are drawn, and not without them: what plays on the page is seen.
BY_PICTURES = """() => {
  let at = performance.now();
  const passed = () => at;
  const drawn = () => {
    at += 50;
    if (performance.now === passed) requestAnimationFrame(drawn);
  };
  performance.now = passed;
  requestAnimationFrame(drawn);
}"""
BY_TIME = "() => delete performance.now"
# Whether a button said a word: it does so for a moment.
SAID = """(button, word) => {
  window.said = false;
  const look = () => (window.said ||= button.textContent === word);
  new MutationObserver(look).observe(button, { childList: true });
}"""

# The last reply's first thought is open, and has this text. One that had just ended may be folded once more.
UNFOLDED = """(text) => {
  const thought = [...document.querySelectorAll("#chat .bot.message")].at(-1).querySelector(".thought-group");
  if (!thought.querySelector("code")) thought.querySelector(".title").click();
  return thought.querySelector("code")?.textContent.includes(text);
}"""


class LabPage:
    """Opens the app. What the browser's console complains about is kept in `complaints`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(error.stack or str(error)))
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )
        page.on("framenavigated", self._navigated)
        page.set_default_timeout(LONGEST)
        page.goto(url)
        self.opened()

    def _navigated(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.complaints[:] = [complaint for complaint in self.complaints if not LEFT.search(complaint)]

    def opened(self) -> None:
        """Wait until it can be used."""
        expect(self.message).to_be_visible()
        expect(self.page.locator("#in-use")).not_to_be_empty()

    @property
    def message(self) -> Locator:
        return self.page.locator("#message textarea")

    @property
    def stop(self) -> Locator:
        return self.page.locator("#stop")

    @property
    def bot(self) -> Locator:
        """The last reply: text, fault and line."""
        return self.page.locator("#chat .bot.message").last

    @property
    def text(self) -> Locator:
        """What the model said in the last reply, without fault and line."""
        return self.page.locator("#chat .bot.message").last.locator(".message-content").first

    @property
    def line(self) -> Locator:
        """The quiet line under the last reply."""
        return self.page.locator("#chat .thought-group .title").last

    @property
    def fault(self) -> Locator:
        return self.page.locator("#chat .fault").last

    @property
    def said(self) -> Locator:
        """What the model said, reply by reply; a reply without text has none."""
        bare = ":not(:has(.fault)):not(:has(.thought-group))"
        return self.page.locator(f"#chat .bot.message .message{bare} .message-content")

    @property
    def users(self) -> Locator:
        """What was asked, message by message."""
        return self.page.locator("#chat .user.message")

    @property
    def past(self) -> Locator:
        """The conversations that the browser keeps."""
        return self.page.get_by_role("gridcell")

    @property
    def try_again(self) -> Locator:
        return self.page.locator("#try-again")

    def has_said(self, pattern: str) -> bool:
        """So far, without waiting for it."""
        return re.search(pattern, "\n".join(self.said.all_inner_texts())) is not None

    def send(self, text: str) -> None:
        self.message.fill(text)
        self.message.press("Enter")

    def done(self, number: int = 0) -> str:
        """Wait until the reply has ended, the conversation's last; its quiet line."""
        self.wait_until(ENDED, number)
        return self.line.inner_text()

    def ask(self, text: str) -> str:
        """Send and wait until the reply has ended; its quiet line."""
        number = self.users.count() + 1
        self.send(text)
        line = self.done(number)
        expect(self.users).to_have_count(number)
        return line

    def wait_until(self, true: str, given: object = None) -> None:
        """A function of JavaScript is true of `given`."""
        try:
            self.page.wait_for_function(true, arg=given, polling=LOOK, timeout=LONGEST)
        except TimeoutError as exc:
            exc.add_note(json.dumps(self.page.evaluate(SHOWN), indent=1, ensure_ascii=False))
            raise

    def unfold(self, text: str) -> None:
        """Open the last reply's first thought, which has this text."""
        self.wait_until(UNFOLDED, text)

    def new_chat(self) -> None:
        self.page.get_by_role("button", name="New chat").click()
        expect(self.users).to_have_count(0)

    def ask_again(self) -> str:
        """Click Try again and wait until that reply has ended; its quiet line."""
        self.try_again.click()
        expect(self.try_again).to_be_hidden()
        return self.done()

    def copied(self, button: Locator) -> str:
        """Click a button that copies, and wait until it has said so; what the clipboard holds."""
        button.evaluate(SAID, ENGLISH("copied"))
        button.click()
        self.wait_until("() => window.said")
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def method(self, name: str) -> None:
        self.page.locator("#method").get_by_label(name, exact=True).check()

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()
        # On a busy machine its parts come some frames later.
        expect(self.page.locator("[role=tabpanel] button:visible").first).to_be_visible()
        self.drawn()

    def settings(self) -> None:
        """Open what the Chat tab keeps folded, or fold it again."""
        # The page's foot has a button of that name, too.
        self.page.locator("#conversation").get_by_role("button", name="Settings").click()
        self.drawn()

    def at_most(self, tokens: int) -> None:
        """So many a reply. The settings are open."""
        field = self.page.get_by_label(f"number input for {ENGLISH('max_tokens')}")
        field.fill(str(tokens))
        field.press("Tab")

    def drawn(self) -> None:
        """Wait as long as Gradio, in the frame after it first drew a part, sets its fields as they began.

        What is typed before then is lost; no hand is that quick, but Playwright is.
        """
        self.page.evaluate("() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")

    def use(self, provider: str, model: str = "", **fields: str | Path) -> None:
        """Choose a provider on its tab, fill its fields (a path is uploaded), use it, go back to the chat."""
        self.tab("Provider")
        self.page.locator("#provider").get_by_label(provider, exact=True).check()
        # The button moves with the form that comes.
        expect(self.page.locator(f"#form-{provider}")).to_be_visible()
        self.drawn()
        if model:
            self.page.locator(f"#model-{provider} input").fill(model)
            self.page.locator(f"#model-{provider} input").press("Enter")
        for name, value in fields.items():
            field = self.page.locator(f"#{provider}-{name} input, #{provider}-{name} textarea").first
            if isinstance(value, Path):
                with self.page.expect_response(lambda response: "/upload" in response.url):
                    field.set_input_files(value)
                continue
            if field.get_attribute("aria-autocomplete") == "list":
                field.click()
                self.page.get_by_role("option", name=value, exact=True).click()
                expect(field).to_have_value(value)
                continue
            field.fill(value)
        self.page.locator("#use").click()
        expect(self.page.locator("#provider-said")).to_contain_text("Now in use")
        expect(self.page.locator("#in-use")).to_contain_text(model or provider)
        self.tab("Chat")
