"""Finds addresses in a sentence, whatever they end in: any label.label of letters is one, in any script.

What only looks like one is told apart by its shape: numbers, abbreviations, names of files that are no programs, a full
stop without a space behind it. Whether an address may be shown is for the evidence to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from guardrails.personal.view import INVISIBLE

_REST = r"[^\s<>\"'，。；！？、（）)》】]"
# Endings that are no word of a sentence, so that neither a capital letter nor a Chinese neighbour excuses them.
_DOMAINS = (
    "com|cn|net|org|top|xyz|info|cc|vip|shop|club|site|online|io|me|app|link|ru|tk|work|live|biz|hk|tw|co|ly|gl|ai|us|sg|de"
    "|example|bank|zip|mov|icu|win|pro|mobi|cloud|store|tech|fun|asia|page|dev|uk|eu|jp|ga|cf|gq|ws|pw|xn--[a-z0-9\\-]{2,60}"
    "|company|international|finance|loan|credit|money|capital|digital|services|network|website"
)
# The endings in Chinese that exist; another word behind a full stop is the next step of an instruction.
_HAN_DOMAINS = (
    "中国|中國|公司|网络|網絡|网址|網址|网站|網站|商城|商店|集团|集團|政务|公益|在线|在線|中文网|手机|移动|联通|机构|信息|世界|企业|新闻|购物"
    "|我爱你|商标|香港|澳门|澳門|台湾|台灣|新加坡|工行|健康|娱乐|游戏|时尚|慈善|招聘|网店|通販|みんな|コム"
)
_URL = re.compile(
    r"(?:(?:h[tx]{2}ps?|ftp|file|javascript|data|vbscript|weixin|alipays?)\s?:\s?(?://)?|www\."
    rf"|(?<![\w:/])//(?=[a-z0-9\[])){_REST}{{2,2000}}"
    rf"|(?<![\d.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d{{2,5}}|/){_REST}{{0,2000}}",
    re.IGNORECASE,
)
_DOT = r"(?:\.|\[\.\]|\(\.\))"
_DOTTED = re.compile(rf"(?<![\w\-])[\w\-]++(?:{_DOT}[\w\-]++)++")
_ENDING = re.compile(rf"{_DOT}(?=[^\W\d_])")
_LONGEST = 96
_LABEL = re.compile(r"[\w\-]{1,63}")
_PATH = re.compile(rf"(?::\d{{2,5}})?/{_REST}{{0,2000}}")
_KNOWN = re.compile(rf"(?:{_DOMAINS})(?![A-Za-z0-9])", re.IGNORECASE)
_KNOWN_HAN = re.compile(
    rf"(?:{_HAN_DOMAINS})(?=$|[^\u4e00-\u9fff]|"
    r"办理|登录|登陆|查|下载|即可|注册|进行|购买|申请|领取|辦理|登錄|查詢|下載)"
)
_NOT_LABEL = re.compile(
    r"(?:e\.g|i\.e|etc|mrs?|ms|dr|prof|st|nos?|vs|approx|inc|ltd|co|corp|fig|art|sec|para|cl|ch|dept|est|min|max|avg|tel|fax|ext|vol"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|[pa]\.[am]|p\.m|u\.[sk]|ph\.d|pp|cf|ver)",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"(?:pdf|docx?|xlsx?|csv|pptx?|txt|rtf|jpe?g|png|gif|bmp|tiff?|md|json|xml|yaml|html?|mp[34]|ofd|wps|js)",
    re.IGNORECASE,
)
_PROGRAM = re.compile(r"(?:x?apk|ipa|hap|exe|msi|dmg|pkg|deb|rpm|bat|cmd|scr|jar|appx|mobileconfig)", re.IGNORECASE)
# "600519.SH": the exchange of a security.
_EXCHANGE = re.compile(r"(?:s[hz]|bj|hk|of|ib|us|cs)", re.IGNORECASE)
_RUNS_ON = re.compile(r" [a-z]")
_HAN_BEFORE = re.compile("^[\u4e00-\u9fff]+(?=[A-Za-z0-9])")
_SPELLED = re.compile(
    r"(?<![A-Za-z0-9])(?=[\d\-]{0,62}[a-z])[a-z0-9\-]{2,63} ?[\[(（【]? ?(?:点|點|dot) ?[\])）】]? ?"
    rf"(?:{_DOMAINS})(?![A-Za-z])",
    re.IGNORECASE,
)


def addresses(text: str) -> Iterator[str]:
    """Every address in the text, lower case, in plain form."""
    plain = _plain(text)
    for match in _URL.finditer(plain):
        yield _bare(match.group())
    yield from _dotted(plain)
    yield from spelled(plain)


def spelled(text: str) -> Iterator[str]:
    """ "evil点com", "evil dot com": addresses for people to type."""
    if "点" in text or "點" in text or "dot" in text.lower():
        for match in _SPELLED.finditer(text):
            yield match.group().lower()


def _plain(text: str) -> str:
    """Without what cannot be seen and in ordinary width; Chinese punctuation stays what it is."""
    if text.isascii():
        return text
    return "".join(map(_plain_character, text))


@lru_cache(maxsize=4096)
def _plain_character(char: str) -> str:
    if char < "\x80" or "\u4e00" <= char <= "\u9fff" or char in "，；！？（）：":
        return ":" if char == "：" else char
    if unicodedata.category(char) in INVISIBLE:
        return ""
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char


def _dotted(text: str) -> Iterator[str]:
    for whole in _DOTTED.finditer(text):
        # An address of e-mail is personal data, and told as that.
        if "@" in (text[whole.start() - 1 : whole.start()], text[whole.end() : whole.end() + 1]):
            continue
        start = whole.start()
        for dot in _ENDING.finditer(text, start, whole.end()):
            start = max(start, dot.start() - _LONGEST)
            after = _LABEL.match(text, dot.end())
            end = _end(text, text[start : dot.start()], after) if after and dot.start() > start else 0
            if end:
                path = _PATH.match(text, end)
                yield _bare(text[start : path.end() if path else end])


def _end(text: str, before: str, after: re.Match[str]) -> int:
    """Where the address ends, 0 when it is none."""
    name = _HAN_BEFORE.sub("", before)
    labels = re.split(_DOT, name)
    letters = re.match(r"[A-Za-z\-]*", after.group())
    ending = letters.group() if letters else ""
    if not ending:
        # "1.手机登录后…" numbers a step.
        if len(labels) == 1 and len(name) <= 2 and name.isdigit():
            return 0
        return _foreign_end(text, after)
    end = after.start() + len(ending)
    following = text[end : end + 1]
    if following.isdigit() and following.isascii():
        return 0
    if _PROGRAM.fullmatch(ending):
        return end
    if _FILE.fullmatch(ending) and following != "/":
        return 0
    if all(label.isdigit() for label in labels) and (_EXCHANGE.fullmatch(ending) or len(labels) > 1):
        return 0
    if labels[0].lower().removeprefix("v").isdigit() and len(labels) > 1:
        return 0
    known = _KNOWN.match(text, after.start())
    if known:
        # "Fees apply.Credit cards too": a capital, and the sentence goes on in English.
        runs_on = ending.istitle() and labels[-1].islower() and _RUNS_ON.match(text, end)
        return 0 if runs_on else known.end()
    if following == "/" and len(ending) > 1:
        return end
    return 0 if _is_prose(name, labels, ending) else end


def _is_prose(name: str, labels: list[str], ending: str) -> bool:
    """A full stop of a sentence or an abbreviation: "Apply.Please", "St.John", "A.passport", "Ph.D"."""
    if len(ending) < 2 or not ending.islower() or len(labels[-1]) < 2:
        return True
    return _NOT_LABEL.fullmatch(name) is not None or not any(c.isalpha() and c.isascii() for c in labels[-1])


def _foreign_end(text: str, after: re.Match[str]) -> int:
    """In Chinese only the endings that exist; in another script any: an honest answer holds no such words."""
    first = after.group()[0]
    if "\u4e00" <= first <= "\u9fff" or "\u3040" <= first <= "\u30ff":
        known = _KNOWN_HAN.match(text, after.start())
        return known.end() if known else 0
    return after.end() if first.isalpha() else 0


def _bare(address: str) -> str:
    """Without the Chinese words it follows without a space ("请访问www…"), and without closing punctuation."""
    return _HAN_BEFORE.sub("", address.rstrip(".,;:!?").lower())
