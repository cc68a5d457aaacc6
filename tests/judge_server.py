"""A judge for tests: answers over a real socket in the shape it is asked for, or misbehaves where it is told to."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_STATEMENT = re.compile(r"^\d+\. (.+)$", re.MULTILINE)


class JudgeServer:
    """faults: words of a prompt -> "garbage", "hang", "refuse", "cut", "nan",
    "spoken" (a customer's message) or "flip" (the second draw differs).

    A statement is supported when its figures stand in the material; every context is useful; answers are substantive.
    requests: the bodies received.
    """

    def __init__(self, faults: Mapping[str, str] | None = None) -> None:
        self.faults = dict(faults or {})
        self.requests: list[dict] = []
        self.app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        prompt = body["messages"][0]["content"]
        asked = prompt.rsplit("\n\n", 1)[1]
        fault = next((fault for words, fault in self.faults.items() if words in asked), "")
        if fault == "hang":
            await asyncio.sleep(30)
        if fault == "refuse":
            return JSONResponse({"error": "no"}, status_code=500)
        text = {
            "spoken": '{"says":"我想问问年费要多少钱呀"}',
            "garbage": "我觉得是对的",
            "nan": '[{"reason":"说不清楚","verdict":NaN}]',
        }.get(fault) or _answer(body, asked)
        if fault == "flip" and body["seed"] >= 2000:
            text = text.replace('"verdict":1', '"verdict":0')
        return JSONResponse(
            {
                "choices": [
                    {"message": {"content": text}, "finish_reason": "length" if fault == "cut" else "stop"},
                ],
                "usage": {"prompt_tokens": len(prompt), "completion_tokens": len(text)},
            }
        )


def _answer(body: dict, asked: str) -> str:
    if "noncommittal" in body["structured_outputs"]["regex"]:
        evades = "没有查到" in asked
        return _line({"question": asked.removeprefix("回答：").split("。")[0][:20], "noncommittal": int(evades)})
    material = asked.split("陈述：")[0]
    statements = _STATEMENT.findall(asked.split("陈述：")[-1]) or [""]
    told = [
        set(re.findall(r"\d+(?:\.\d+)?", text)) <= set(re.findall(r"\d+(?:\.\d+)?", material)) for text in statements
    ]
    return _line([{"reason": "数字在材料里" if right else "材料没有这个数字", "verdict": int(right)} for right in told])


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
