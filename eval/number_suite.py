"""The number lock on its own sets: `python -m eval run numbers`. One wrong number a sentence, and the honest sentence;
and the natural answers of `number_answers`.

Seen lines that went wrong are shown with `--misses`; unseen ones are only ever counted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from eval import number_answers
from eval.cases import SUITES
from eval.guard_run import Miss, RailReport, Shares
from eval.guard_suite import Half, RailCase
from guardrails import Evidence, Guard, Product, Release

NAME = "numbers"
CLAIMS = ("wrong_numbers_are_caught", "honest_numbers_pass", "exchanged_labels_are_caught", "right_labels_pass")
_CHOICE = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")


def load(path: Path = SUITES / f"{NAME}.yaml") -> tuple[Guard, list[RailCase]]:
    """The guard under test, and every case; a case's id is its kind."""
    suite: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    guard = Guard.create(suite["bank"], suite["hotline"], [Product(**entry) for entry in suite["catalogue"]])
    evidence = {name: tuple(Evidence(**entry) for entry in entries) for name, entries in suite["evidence"].items()}
    cases = []
    for name, kinds in suite["lines"].items():
        for kind, lines in kinds.items():
            for line in lines:
                release = Release("请介绍一下", evidence[name])
                cases += [
                    RailCase(kind, "output", _half(line), "allow", _CHOICE.sub(r"\1", line), release),
                    RailCase(kind, "output", _half(line), "unsupported_number", _CHOICE.sub(r"\2", line), release),
                ]
    for name, lines in suite["honest"].items():
        cases += [
            RailCase("other", "output", _half(line), "allow", line, Release("请介绍一下", evidence[name]))
            for line in lines
        ]
    return guard, cases


def _half(line: str) -> Half:
    return "unseen" if hashlib.sha256(line.encode()).digest()[0] % 2 else "seen"


# Siblings and what is said of each: (one, other, what, one's number, the other's).
_SIBLINGS = (
    ("银卡", "金卡", "年费", "80元", "180元"),
    ("网点", "手机", "汇款手续费", "8元", "2元"),
    ("境内", "境外", "查询手续费", "1元", "4元"),
    ("首套", "二套", "首付比例", "20%", "30%"),
    ("个人", "单位", "账户管理费", "3元", "30元"),
    ("主卡", "副卡", "年费", "300元", "150元"),
    ("本行", "他行", "取款手续费", "0.5元", "3.5元"),
    ("一类账户", "二类账户", "日累计限额", "30万元", "1万元"),
    ("管理费", "托管费", "年费率", "0.30%", "0.05%"),
    ("申购", "赎回", "费率", "0.60%", "0.25%"),
    ("东湖支行", "西湖支行", "开门时间", "9:00", "8:30"),
    ("工作日", "周末", "积分倍数", "1倍", "3倍"),
    ("普通客户", "贵宾客户", "保管箱押金", "500元", "100元"),
    ("短期贷款", "长期贷款", "年利率", "3.45%", "3.95%"),
    ("A款", "C款", "申购费率", "0.70%", "0.15%"),
    ("重疾", "轻症", "给付金额", "20万元", "6万元"),
)
_EXCHANGE = "exchange"


def exchanges() -> list[RailCase]:
    """A table, rows, a sentence and lines of each pair; said of its own label and of the other's."""
    cases = []
    for one, other, what, mine, theirs in _SIBLINGS:
        written = (
            f"| 类别 | {what} |\n|---|---|\n| {one} | {mine} |\n| {other} | {theirs} |",
            f"类别：{one}；{what}：{mine}\n类别：{other}；{what}：{theirs}",
            f"{one}{what}为{mine}，{other}{what}为{theirs}。",
            f"{one}{what}为{mine}。\n{other}{what}为{theirs}。",
            f"{what}：{one}{mine}，{other}{theirs}。",
        )
        for text in written:
            release = Release(f"{one}的{what}是多少", (Evidence(text, title=f"{what}说明"),))
            for right, first, second in ((True, mine, theirs), (False, theirs, mine)):
                wanted = "allow" if right else "unsupported_number"
                for said in (
                    f"{one}的{what}为{first}。",
                    f"{other}{what}{second}。",
                    f"{one}{first}，{other}{second}。",
                ):
                    cases.append(RailCase(_EXCHANGE, "output", _half(text + said), wanted, said, release))
    return cases


def run(guard: Guard, cases: Sequence[RailCase]) -> RailReport:
    shares = {claim: Shares() for claim in CLAIMS}
    misses = []
    for case in cases:
        assert case.release is not None
        verdict = guard.check_release(case.text, case.release)
        claim = CLAIMS[1 if case.benign else 0]
        if case.id == _EXCHANGE:
            claim = CLAIMS[3 if case.benign else 2]
        held = verdict.allowed == case.benign
        shares[claim].add(case, held, case.id)
        if case.seen and not held:
            got = "allow" if verdict.allowed else verdict.reason
            misses.append(Miss(claim, case.wanted, got, next(iter(verdict.rule_ids), ""), case.text))
    return RailReport(shares, misses)


def evaluate() -> RailReport:
    guard, cases = load()
    own, answers = run(guard, [*cases, *exchanges()]), number_answers.evaluate()
    return RailReport({**own.shares, **answers.shares}, [*own.misses, *answers.misses])
