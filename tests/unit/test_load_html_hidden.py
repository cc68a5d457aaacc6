"""HTML: what style sheets hide by selectors, shapes and inherited looks, and what they only seem to hide."""

from __future__ import annotations

import pytest

from ingestion.load import load


def read(inner: str) -> tuple[str, list[tuple[str, str]]]:
    loaded = load("a.html", inner.encode())
    text = "|".join(getattr(block, "text", "") for block in loaded.blocks)
    return text, [(item.code, item.text) for item in loaded.left_out]


@pytest.mark.parametrize(
    "hidden",
    [
        "<style>[data-x]{display:none}</style><p data-x>暗</p>",
        "<style>[data-x=a]{display:none}</style><p data-x=a>暗</p>",
        "<style>p:nth-child(3){display:none}</style><p>暗</p>",
        "<style>p:not(.ok){display:none}</style><p>暗</p>",
        "<style>.h + p{display:none}</style><div class=h></div><p>暗</p>",
        "<style>.h ~ p{display:none}</style><div class=h></div><div></div><p>暗</p>",
        "<style>.a > .b{display:none}</style><div class=a><p class=b>暗</p></div>",
        "<style><!--\n.x{display:none}\n--></style><p class=x>暗</p>",
        "<style>.a{& .b{display:none}}</style><div class=a><p class=b>暗</p></div>",
        "<style>:root{--w:#fff}</style><p style='color:var(--w)'>暗</p>",
        "<p style='display:/**/none'>暗</p>",
        "<p style='\\64 isplay:n\\6f ne'>暗</p>",
        "<div style='opacity:.2'><p style='opacity:.2'>暗</p></div>",
        "<p style='transform:scale(.01)'>暗</p>",
        "<p style='transform:scaleY(0)'>暗</p>",
        "<p style='transform:matrix(0,0,0,0,0,0)'>暗</p>",
        "<p style='clip-path:circle(0)'>暗</p>",
        "<p style='clip-path:inset(50%)'>暗</p>",
        "<p style='clip-path:polygon(0 0,0 0,0 0)'>暗</p>",
        "<p style='font-size:calc(0px)'>暗</p>",
        "<p style='color:hsl(0 0% 100%)'>暗</p>",
        "<p style='color:rgb(100% 100% 100%)'>暗</p>",
        "<div style='color:#036'><div style='background:#036'><p>暗</p></div></div>",
        "<font color=white><p>暗</p></font>",
        "<p style='position:absolute;left:9999px'>暗</p>",
        "<p style='position:fixed;left:-100vw'>暗</p>",
        "<p style='position:fixed;left:-100%'>暗</p>",
        "<p style='-webkit-text-fill-color: transparent'>暗</p>",
        "<p style='line-height:0;overflow:hidden'>暗</p>",
        "<noframes>暗</noframes>",
        "<noembed>暗</noembed>",
        "<p style='mso-hide:all'>暗</p>",
    ],
)
def test_hidden_text_is_told_and_not_read(hidden: str) -> None:
    assert read(f"<body><p class=ok>明</p>{hidden}</body>") == ("明", [("hidden_text", "暗")])


def test_the_colour_of_a_body_is_that_of_its_letters() -> None:
    assert read("<body text='#ffffff'><p>暗</p></body>") == ("", [("hidden_text", "暗")])


@pytest.mark.parametrize(
    "shown",
    [
        "<div style='font-size:0'><span style='font-size:14px'>年费100元</span></div>",
        "<div style='visibility:hidden'><p style='visibility:visible'>年费100元</p></div>",
        "<p style='font-size:1.2vw'>年费100元</p>",
        "<p style='font-size:2vmin'>年费100元</p>",
        "<p style='font-size:0.4cm'>年费100元</p>",
        "<style>html{font-size:100px}.t{font-size:.14rem}</style><p class=t>年费100元</p>",
        "<style>.a > .b{display:none}</style><div class=a><div><p class=b>年费100元</p></div></div>",
        "<style>.x{display:none} .x[open]{display:block}</style><p class=x open>年费100元</p>",
        "<style>li{display:none} p:first-child{color:red}</style><p style='display:none\\9'>年费100元</p>",
        "<p style='height:1rem;overflow:hidden'>年费100元</p>",
        "<div style='color:#fff'><p style='color:#000'>年费100元</p></div>",
    ],
)
def test_what_only_seems_hidden_is_read(shown: str) -> None:
    assert read(f"<html><body>{shown}</body></html>") == ("年费100元", [])


def test_words_that_inherit_what_a_child_undoes_are_told() -> None:
    page = "<div style='visibility:hidden'>暗<p style='visibility:visible'>明</p></div>"
    assert read(page) == ("明", [("hidden_text", "暗")])


def test_a_deep_page_is_read_in_time_however_long_its_selectors_are() -> None:
    page = f"<style>.x {'div ' * 12}p{{display:none}}</style>{'<div>' * 200}<p>明</p>"
    assert read(page) == ("明", [])
