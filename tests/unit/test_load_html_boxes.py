"""HTML: what a page sets apart stays apart, formulas and fields are read, and no text is lost for want of a tag."""

from __future__ import annotations

import pytest

from ingestion.load import load


def read(page: str, path: str = "a.html") -> str:
    return "|".join(getattr(block, "text", "") for block in load(path, page.encode()).blocks)


@pytest.mark.parametrize(
    "page",
    [
        "<title>x</title><style>p{color:red}</style><section><p>年费200元</p></section><p>挂失10元</p>",
        "<!DOCTYPE html><meta charset=utf-8><script>1</script><x-fees>年费200元</x-fees><p>挂失10元</p>",
        "<title>x</title><main><p>年费200元</p><p>挂失10元</p></main>",
    ],
)
def test_a_page_without_a_body_is_read(page: str) -> None:
    assert read(page) == "年费200元|挂失10元"


@pytest.mark.parametrize(
    ("inner", "style", "expected"),
    [
        (
            "<div class=r><span>金卡1</span><span>200元</span><span>300元</span></div>",
            ".r{display:flex}",
            "金卡1 200元 300元",
        ),
        ("<p><i class=c>等级1</i><i class=c>200</i></p>", ".c{display:inline-block}", "等级1 200"),
        ("<p>见附件1<span class=b>200元/年</span></p>", ".b{display:block}", "见附件1|200元/年"),
        ("<p><i class=f>1</i><i>200元</i></p>", ".f{float:left}", "1 200元"),
        ("<p><i class=c>1</i><i class=c>200元</i></p>", ".c{display:table-cell}", "1 200元"),
        ("<p><em class=m>1</em><b>200元</b></p>", ".m{margin-right:20px}", "1 200元"),
        ("<fieldset><legend>等级1</legend>200元</fieldset>", "", "等级1|200元"),
        ("<div><x-a>1</x-a><x-a>200元</x-a></div>", "", "1 200元"),
        ("<p><label>1</label><label>200元</label></p>", "", "1 200元"),
        ("<p>1<img src=x>200元<b>3.</b><b>5%</b></p>", "", "1 200元3.5%"),
    ],
)
def test_figures_of_two_boxes_never_run_together(inner: str, style: str, expected: str) -> None:
    assert read(f"<html><head><style>{style}</style></head><body>{inner}</body></html>") == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<math><mfrac><mn>1</mn><mn>365</mn></mfrac></math>", "1/365"),
        ("<math><msup><mn>10</mn><mn>4</mn></msup></math>", "10^4"),
        ("<math><msub><mi>x</mi><mn>1</mn></msub></math>", "x1"),
        ("<math><msub><mn>10</mn><mn>2</mn></msub></math>", "10_2"),
        ("<math><semantics><mn>5</mn><annotation>5</annotation></semantics></math>", "5"),
        (
            "<span style='clip:rect(1px,1px,1px,1px)'><math><semantics><mfrac><mn>1</mn><mn>365</mn></mfrac>"
            "<annotation>\\frac{1}{365}</annotation></semantics></math></span>"
            "<span aria-hidden=true><i>365</i><i>1</i></span>",
            "1/365",
        ),
        ("10<sub>2</sub>", "10〔2〕"),
        ("H<sub>2</sub>O", "H2O"),
        ("年费50元<sub>3</sub>", "年费50元〔3〕"),
    ],
)
def test_formulas_and_lowered_figures_keep_their_sense(inner: str, expected: str) -> None:
    assert read(f"<p>{inner}</p>") == expected


def test_what_stands_in_fields_is_read() -> None:
    assert read("<p>利率<input value='3.65%' readonly></p>") == "利率 3.65%"
    assert read("<p><input type=checkbox checked>同意<input type=radio>否</p>") == "☑ 同意 ☐ 否"
    assert read("<p>期限<select><option>一年<option selected>三年</select></p>") == "期限 三年"
    assert read("<p>说明<textarea>手续费5元</textarea></p>") == "说明 手续费5元"
    assert read("<p>明<input type=hidden value=暗><input type=password value=暗></p>") == "明"


@pytest.mark.parametrize(
    "outside",
    [
        "<aside>手续费5元起</aside>",
        "<footer>手续费5元起</footer>",
        "<header><p>手续费5元起</p></header>",
        "<p><a>挂失10元</a> <a>补卡5元</a> <a>年费20元</a></p>",
    ],
)
def test_amounts_around_the_text_are_no_furniture(outside: str) -> None:
    assert "5元" in read(f"<p>正文</p>{outside}")
    assert "5元" in read(f"<div><main><p>正文</p></main>{outside}</div>")


def test_links_without_amounts_are_furniture() -> None:
    assert read("<p>正文</p><footer>联系我们</footer><p><a>上页</a> <a>1</a> <a>2</a></p>") == "正文"


def test_a_rule_at_the_beginning_of_a_file_opens_no_front_matter() -> None:
    assert read("---\n\n年费100元。\n\n---\n\n正文\n", "a.md") == "年费100元。|正文"
    assert read("---\ntitle: 利率\ntags:\n  - a\n---\n\n正文\n", "a.md") == "正文"


def test_a_comment_that_is_never_closed_is_told() -> None:
    (told,) = load("a.md", "正文\n\n<!-- 暗话\n\n年费100元\n".encode()).left_out
    assert (told.code, told.text) == ("comment_left_out", "暗话 年费100元")
