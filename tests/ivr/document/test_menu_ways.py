"""The ways between the steps of a menu, as its checks and its drawing see them."""

from __future__ import annotations

from written_menu import GOOD, read_text

from ivr.document.model import Announce, Document, Goodbye, Menu, Option, Prompt, Queue, Tries
from ivr.document.ways import Graph, Way, ways

SAY = (Prompt(texts={"en": "Hi."}),)


def graph(**steps: Announce | Menu | Queue | Goodbye) -> Graph:
    start = next(iter(steps))
    return Graph(
        Document(name="", version="", languages=("en",), zone="UTC", start=start, person="p", steps=steps, standard={})
    )


def to(target: str) -> Announce:
    return Announce(say=SAY, next=target)


def menu(*targets: str, silent: str = "person") -> Menu:
    options = {str(i): Option(about=target, next=target) for i, target in enumerate(targets, 1)}
    return Menu(options=options, tries=Tries(next=silent))


PEOPLE = Queue(queue="q")


def test_a_menu_leads_by_its_options_by_0_and_by_silence() -> None:
    assert list(ways(menu("a", "b"))) == [
        Way("a", "a", ("options", "1", "next")),
        Way("b", "b", ("options", "2", "next")),
        Way("person", "0"),
        Way("person", "too many tries", ("tries", "next"), silent=True),
    ]


def test_every_way_of_the_good_document_names_the_field_it_stands_in() -> None:
    result = read_text(GOOD)
    assert result.document is not None
    for name, step in result.document.steps.items():
        for way in ways(step):
            if way.where and ("steps", name, *way.where) in result.places:
                place = result.place("steps", name, *way.where)
                assert GOOD.splitlines()[place.line - 1][place.column - 1 :].startswith(way.target)


def test_back_leads_to_every_menu_that_may_have_come_before() -> None:
    made = graph(a=menu("b", "c"), b=menu("c"), c=to("d"), d=to("back"), p=PEOPLE)
    assert [edge.target for edge in made.out["d"]] == ["a", "b"]
    assert made.astray == []


def test_back_from_a_menu_is_to_the_one_before_it() -> None:
    made = graph(a=menu("b"), b=menu("back"), p=PEOPLE)
    assert {edge.target for edge in made.out["b"]} == {"a", "p"}


def test_back_before_any_menu_leads_nowhere() -> None:
    made = graph(a=to("back"), b=menu("p"), p=PEOPLE)
    assert [name for name, _ in made.astray] == ["a"]


def test_a_circle_is_silent_only_if_nothing_need_be_pressed() -> None:
    assert graph(a=menu("b"), b=to("a"), p=PEOPLE).silent_circles() == []
    assert graph(a=menu("b", silent="b"), b=to("a"), p=PEOPLE).silent_circles() == [["a", "b"]]
    assert graph(a=menu("a", silent="a"), p=PEOPLE).silent_circles() == [["a"]]


def test_circles_beside_each_other_are_two() -> None:
    made = graph(a=to("b"), b=to("a"), c=to("d"), d=to("c"), p=PEOPLE)
    assert made.silent_circles() == [["a", "b"], ["c", "d"]]


def test_a_long_chain_is_followed_to_its_end() -> None:
    steps: dict[str, Announce | Menu | Queue | Goodbye] = {f"s{i}": to(f"s{i + 1}") for i in range(3000)}
    made = graph(**steps, s3000=PEOPLE)
    assert "s3000" in made.reached("s0")
