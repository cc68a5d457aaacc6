"""A model plays the customer: it knows what the customer wants and how it feels, and writes its next message.

Whatever it cannot say in shape, the file says: a simulation never ends because of the customer's model.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from app.settings import LlmSettings
from eval.judge.endpoint import CannotJudge, Endpoint, Spent
from eval.judge.shapes import Shape, line
from eval.simulation import Customer, FromTheFile, Need, Talk

_LONGEST = 40
_PROMPT = """你在扮演一位银行客户，给客服发消息。只写这位客户的下一句话：
口语，不超过三十个字，只问这一件事，不要说别的。

客户想知道：钱放活期一年给多少利息？
已经说过的：（还没有）
结果：{"says":"我的钱放活期，一年能有多少利息啊？"}

客户想知道：<<want>>
已经说过的：<<said>>
结果："""


class _Spoken(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str = Field(min_length=4)


class ModelCustomer:
    """Close it at the end. own: how many messages the model wrote; failed: how many the file had to."""

    def __init__(self, settings: LlmSettings, *, patience_s: float = 60.0) -> None:
        self._endpoint = Endpoint(settings, temperature=0.8, patience_s=patience_s)
        self._file = FromTheFile()
        self._shape: Shape[_Spoken] = Shape(f'\\{{"says":{line(4, _LONGEST)}\\}}', _Spoken, _LONGEST + 12)
        self.own, self.failed = 0, 0
        self.spent = Spent()

    async def close(self) -> None:
        await self._endpoint.close()

    async def ask(self, customer: Customer, need: Need, time: int, talk: Talk) -> str:
        said = " / ".join(text for text, _, _ in talk.turns[-3:]) or "（还没有）"
        prompt = _PROMPT.replace("<<want>>", need.says[0]).replace("<<said>>", said)
        try:
            spoken = await self._endpoint.ask(prompt, self._shape, 1 + len(talk.turns), self.spent)
        except CannotJudge:
            self.failed += 1
            return await self._file.ask(customer, need, time, talk)
        self.own += 1
        return spoken.says
