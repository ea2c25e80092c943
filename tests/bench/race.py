"""How often a race's lanes are painted: four of them, against one."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import mean

from components.runs.race import MOST
from tests.bench.place import Place, asking
from tests.bench.report import Limit, Row, Size
from tests.browser.race_page import RacePage

# Against one lane; four may be no more seldom than its own runs differ.
TIMES = 1.1
# Looks before each of the screen's frames which lanes have another text; gives the times, by lane.
PAINTED = """() => new Promise((resolve) => {
  const painted = [];
  const known = [];
  const look = (at) => {
    document.querySelectorAll(".race-text").forEach(({ textContent }, lane) => {
      if (textContent === (known[lane] ?? "")) return;
      known[lane] = textContent;
      (painted[lane] ??= []).push(at);
    });
    if (painted.length && !document.querySelector("#race [data-do=again]").disabled) resolve(painted);
    else requestAnimationFrame(look);
  };
  document.querySelector("#run-race").click();
  requestAnimationFrame(look);
})"""


def measure(size: Size, place: Place) -> Iterator[Row]:
    """160 tokens in each lane, which is what a race asks for."""
    with (
        place.upstream() as server,
        place.served("ours", **asking(server.base_url)) as app,
        place.browser() as browser,
        place.visitor(browser) as visitor,
        place.lab(visitor, app.url) as lab,
    ):
        lab.use("scripted", rate="100", length="160", delay="0.1")
        races, taken = RacePage(lab), dict[int, list[float]]()
        for _ in range(size.times(5)):
            for lanes in (1, MOST):
                for number in range(1, MOST + 1):
                    races.source(number, "scripted" if number <= lanes else "–")
                    races.method(number, "stream")
                taken.setdefault(lanes, []).append(between(races))
        case, limits = f"{MOST} scripted lanes at 100/s", [Limit(TIMES, "one")]
        others = {"one": taken[1]}
        yield Row(
            "race", case, "from paint to paint of a lane", "ms", taken[MOST], others=others, limits=limits
        )


def between(races: RacePage) -> float:
    """Milliseconds from one paint of a lane to its next, on average."""
    races.ready()
    painted: list[list[float]] = races.page.evaluate(PAINTED)
    return mean((times[-1] - times[0]) / (len(times) - 1) for times in painted)
