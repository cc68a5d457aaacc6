"""Turns that the tests play: what a good answer, an abstention, a refusal and an emergency look like on the wire."""

from __future__ import annotations

from typing import Any

from tests.browser.fake_service import Hold, Say, Script

QUESTION = "手机银行单笔最多能转多少？"
LIMITS = (
    "| 认证方式 | 单笔限额 | 每日限额 |\n| --- | --- | --- |\n| 短信验证码加交易密码 | 5万元 | 20万元 |\n"
    "| 面容或指纹 | 1万元 | 2万元 |\n\n新设备首次登录后的24小时内，每日转账累计不超过5000元。"
)
RAISING = "每日20万元以内的限额，可在手机银行自行调整；高于每日20万元的，需要到网点签约。"


def say(text: str) -> Say:
    return Say("answer.delta", {"text": text})


def citation(n: int, **changes: Any) -> dict[str, Any]:
    return {
        "n": n,
        "passage_id": f"p{n}",
        "document_id": f"d{n}",
        "version": 3,
        "title": "转账汇款价格与限额",
        "section": "手机银行转账限额",
        "page": 2,
        "quote": "新设备首次登录后的24小时内，每日转账累计不超过5000元。",
        "text": LIMITS,
        "question": "",
        "kind": "product",
        "valid_from": "2026-07-01",
        "valid_to": None,
        **changes,
    }


CITATIONS = [
    citation(1),
    citation(
        2,
        title="客户常见问答",
        section="转账与限额",
        page=None,
        version=1,
        quote="高于每日20万元的，需要到网点签约",
        text=RAISING,
        question="怎样提高手机银行转账限额？",
        kind="faq",
        valid_from="2026-01-01",
        valid_to="2026-12-31",
    ),
]


def grounded(*holds: str) -> Script:
    """Three sentences with two sources; each named hold stands before the next sentence."""
    sentences = ["短信验证码单笔5万元。[1]", "新设备每日5000元。[1]", "更高限额请到网点签约。[2]"]
    steps: list[Say | Hold] = [say(sentences[0])]
    for at, sentence in enumerate(sentences[1:]):
        if at < len(holds):
            steps.append(Hold(holds[at]))
        steps.append(say(sentence))
    steps.append(Say("answer.citations", {"citations": CITATIONS}))
    steps.append(Say("answer.suggestions", {"items": ["转账多久能到账？", "转人工"]}))
    return Script(steps)


ABSTAINED = Script(
    [say("抱歉，我没有查到能准确回答这个问题的内容。"), Say("answer.suggestions", {"items": ["转人工"]})],
    status="abstained",
    reason="insufficient_evidence",
    generator="rule",
)
REFUSED = Script(
    [
        say("我不能替您挑选产品，可以为您说明风险等级。"),
        Say("turn.refused", {"reason": "personal_advice", "rule_ids": []}),
    ],
    status="refused",
    reason="personal_advice",
    generator="rule",
)
EMERGENCY = Script(
    [
        say("请先不要转账。如果已经转出，请立即拨打110或96110，并拨打400-000-0000申请止付。"),
        Say(
            "handoff.created",
            {"ticket_id": "k9", "reason": "fraud", "priority": "P0", "position": 1, "text": "已为您登记人工服务。"},
        ),
    ],
    status="handed_off",
    reason="fraud",
    generator="rule",
)
FAILED = Script(
    [say("活期存款年利率为0.05%。"), Say("turn.failed", {"code": "internal", "title": "系统出了点问题，请重试。"})],
    status="failed",
    reason="internal",
)
