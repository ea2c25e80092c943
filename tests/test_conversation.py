"""What of a conversation is sent: the system prompt, the last message whole, and what fits between."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from components.chains.chat import AROUND_A_MESSAGE, Turn, messages_for
from components.streaming import Failure

SYSTEM = "Be brief."


def words(text: str) -> int:
    """One token a word."""
    return len(text.split())


def say(count: int, word: str = "antidisestablishmentarianism") -> str:
    return " ".join([word] * count)


def talk(exchanges: int, size: int = 10) -> list[Turn]:
    """So many exchanges, `size` tokens a message, and a last question of as many."""
    turns: list[Turn] = []
    for number in range(exchanges):
        turns += [("user", say(size, f"question-{number}")), ("assistant", say(size, f"answer-{number}"))]
    return [*turns, ("user", say(size, "last"))]


def cost(messages: list[BaseMessage]) -> int:
    return sum(words(str(message.content)) + AROUND_A_MESSAGE for message in messages)


def test_all_of_a_short_one() -> None:
    sent = messages_for(
        [("user", "Hi"), ("assistant", "Hello."), ("user", "What?")],
        system=SYSTEM,
        window=4096,
        reply=512,
        count_tokens=words,
    )
    assert sent == [
        SystemMessage(SYSTEM),
        HumanMessage("Hi"),
        AIMessage("Hello."),
        HumanMessage("What?"),
    ]


@pytest.mark.parametrize("system", ["", "  \n"])
def test_no_system_prompt_is_no_message(system: str) -> None:
    sent = messages_for([("user", "Hi")], system=system, window=4096, reply=9, count_tokens=words)
    assert sent == [HumanMessage("Hi")]


@pytest.mark.parametrize("window", [120, 200, 300, 1000])
@pytest.mark.parametrize("reply", [10, 10_000])
def test_as_much_of_its_end_as_fits(window: int, reply: int) -> None:
    turns = talk(40)
    sent = messages_for(turns, system=SYSTEM, window=window, reply=reply, count_tokens=words)

    room = window - min(reply, window // 2)
    assert cost(sent) <= room
    # Nothing more would have fitted: an exchange is two messages of ten tokens.
    assert cost(sent) + 2 * (10 + AROUND_A_MESSAGE) > room
    assert sent[0] == SystemMessage(SYSTEM)
    assert isinstance(sent[1], HumanMessage)
    ends = turns[-(len(sent) - 1) :]
    assert [message.content for message in sent[1:]] == [text for _, text in ends]


def test_the_true_count_decides_and_not_the_bytes() -> None:
    turns = talk(5)
    sent = messages_for(turns, system="", window=500, reply=100, count_tokens=words)

    assert sum(len(text) for _, text in turns) > 500
    assert len(sent) == len(turns)


def test_nothing_is_counted_twice_or_without_need() -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return words(text)

    messages_for([("user", "Hi")], system=SYSTEM, window=4096, reply=512, count_tokens=count)
    assert counted == []
    messages_for(talk(40), system=SYSTEM, window=300, reply=10, count_tokens=count)
    assert len(counted) == len(set(counted))


@pytest.mark.parametrize("system", ["", SYSTEM])
def test_a_last_message_that_does_not_fit(system: str) -> None:
    with pytest.raises(Failure) as caught:
        messages_for(
            [*talk(2)[:-1], ("user", say(500))], system=system, window=400, reply=100, count_tokens=words
        )
    assert (caught.value.fault.kind, caught.value.fault.params) == ("too_long", {"window": "400"})


def test_a_system_prompt_that_leaves_no_room() -> None:
    with pytest.raises(Failure) as caught:
        messages_for([("user", "Hi")], system=say(500), window=400, reply=100, count_tokens=words)
    assert caught.value.fault.kind == "too_long"


def test_an_unknown_window_sends_all() -> None:
    def never(text: str) -> int:
        raise AssertionError(text)

    turns = talk(400)
    assert len(messages_for(turns, system=SYSTEM, window=0, reply=512, count_tokens=never)) == len(turns) + 1


def test_half_a_character_is_no_crash() -> None:
    """JSON can carry a lone surrogate, which has no UTF-8."""
    sent = messages_for([("user", "Hi \ud83d")], system="", window=4096, reply=9, count_tokens=words)
    assert sent == [HumanMessage("Hi \ud83d")]


@pytest.mark.parametrize("window", [0, 4096])
@pytest.mark.parametrize(
    ("turns", "sent"),
    [
        ([("user", "a"), ("user", "b")], [HumanMessage("a\n\nb")]),
        ([("user", "a"), ("assistant", " \n"), ("user", "b")], [HumanMessage("a\n\nb")]),
        ([("assistant", "x"), ("user", "a")], [HumanMessage("a")]),
        (
            [("user", "a"), ("assistant", "x"), ("assistant", "y"), ("user", "b")],
            [HumanMessage("a"), AIMessage("x\n\ny"), HumanMessage("b")],
        ),
    ],
)
def test_roles_take_turns(turns: list[Turn], sent: list[BaseMessage], window: int) -> None:
    assert messages_for(turns, system="", window=window, reply=9, count_tokens=words) == sent


def test_a_message_that_was_too_long_does_not_make_the_next_one_so() -> None:
    turns: list[Turn] = [("user", say(500)), ("user", "short")]
    assert messages_for(turns, system="", window=400, reply=100, count_tokens=words) == [
        HumanMessage("short")
    ]
