"""The turn's own sentences: labels, abstentions, progress, apologies. Traditional Chinese is made from Simplified.

Every one says what is true now and what the customer can do next.
"""

from __future__ import annotations

from app.generation.generator import GeneratorName, Language

_WORDS: dict[str, tuple[str, str]] = {
    "label.vllm": (
        "AI 生成 · 依据所附原文，仅供参考",
        "AI-generated from the sources shown; for reference only",
    ),
    "label.quote": (
        "AI 摘录 · 以下为文件原文",
        "Selected by AI; the wording is our documents'",
    ),
    "label.rule": ("AI 客服 · 自动回复", "AI assistant; automatic reply"),
    "abstain": (
        "抱歉，我在现行文件里没有查到能准确回答这个问题的内容，不想凭猜测答复您。您可以换个说法再问一次，或者点“转人工”，由客服人员为您核实。",
        "I could not find anything in our current documents that answers this precisely, and I would rather not guess. "
        "You can put it another way, or tap “Talk to a person” and a colleague will check it for you.",
    ),
    "abstain.handoff": (
        "抱歉，我又没有查到准确的答案，不想让您再多试。我已为您登记人工服务，前面的对话会一并转过去，您不用重复说明。",
        "I am sorry, I could not find a precise answer this time either. I have asked for a colleague to help you; "
        "they will see our conversation, so you need not repeat it.",
    ),
    "conflicting": (
        "抱歉，现行文件对这一点的说法不一致，我不能确定哪一个是准的，所以先不给您数字，以免误导。"
        "我已经请负责资料的同事核对；您可以点“转人工”，由客服人员为您核实。",
        "I am sorry, our current documents contradict each other on this point, so I would rather not give you either "
        "figure. I have asked the colleagues in charge to check; tap “Talk to a person” and one will confirm it for "
        "you.",
    ),
    "personal_data": (
        "提醒：您的消息里有个人信息，我已打码保存。在这里咨询不需要证件号、卡号、密码或验证码，请不要再发送；"
        "如果验证码或密码已告诉别人，请马上拨打客服热线。",
        "Please note: your message held personal data, which I have masked. You need no ID or card number, password or "
        "code to ask here, so please do not send any; if somebody else has a code or password of yours, call our "
        "hotline at once.",
    ),
    "personal_data.only": (
        "您发来的都是个人信息，我还不知道您想了解什么。请直接说您的问题，例如“挂失要收多少钱”；需要查您本人的账户，请点“转人工”。",
        "What you sent is personal data only, so I do not know yet what you would like to ask. Just put your question, "
        "for instance “what does it cost to report a lost card”; for your own account, tap “Talk to a person”.",
    ),
    "index.down": (
        "抱歉，资料库暂时无法访问，我现在不能准确回答业务问题。请稍后再试，或点“转人工”。",
        "I am sorry, our documents cannot be reached just now, so I cannot answer reliably. "
        "Please try again shortly, or tap “Talk to a person”.",
    ),
    "courtesy.greeting": (
        "您好，我是AI客服助手，依据现行文件为您解答存款、银行卡、转账、贷款、理财、保险和投诉方面的问题。请问想了解什么？",
        "Hello, I am the AI service assistant. I answer questions on deposits, cards, transfers, loans, wealth "
        "products, insurance and complaints from our current documents. How can I help?",
    ),
    "courtesy.thanks": ("不客气，很高兴能帮到您。还有其他问题，随时问我。", "You are welcome. Ask me any time."),
    "courtesy.noted": ("好的。还有其他问题，随时问我。", "All right. Ask me any time."),
    "courtesy.no_person": (
        "好的，您可以继续问我。什么时候想找客服人员，点“转人工”就行。",
        "All right, just go on asking me. Whenever you would rather have a person, tap “Talk to a person”.",
    ),
    "courtesy.farewell": ("好的，感谢您的咨询，再见。", "Thank you for contacting us. Goodbye."),
    "courtesy.who": (
        "我是AI客服助手，不是真人。我只依据已审批、现行有效的文件回答，并附上原文出处；需要真人时，请点“转人工”。",
        "I am an AI assistant, not a person. I answer only from approved documents in force and show you the source; "
        "when you would rather have a person, tap “Talk to a person”.",
    ),
    "broken": (
        "（生成中断，以下改为现行文件的原文。）",
        "(The answer was interrupted; here is our documents' own wording.)",
    ),
    "quote.lead": ("以下是现行文件的原文：", "Here is the wording of our current documents:"),
    "withdrawn": (
        "抱歉，上面的内容我需要请人工客服为您复核，请先不要据此操作。",
        "I need a colleague to review what I said above; please do not act on it yet.",
    ),
    "progress.queued": (
        "现在咨询的人较多，前面还有 {count} 位，轮到您会马上回答；急事请拨打客服热线。",
        "Many people are asking just now; {count} are before you. You will be answered in your turn; if it is urgent, "
        "please call our hotline.",
    ),
    "progress.next": (
        "现在咨询的人较多，您是下一位，轮到您会马上回答；急事请拨打客服热线。",
        "Many people are asking just now; you are next and will be answered in a moment; if it is urgent, please call "
        "our hotline.",
    ),
    "progress.saving": (
        "系统有点忙，您的问题已经收到，正在保存，请稍等……",
        "The system is busy; your question has arrived and is being saved, one moment…",
    ),
    "progress.retrieving": ("正在查找现行文件……", "Looking through our current documents…"),
    "progress.generating": (
        "已找到 {count} 份相关原文，正在组织答案……",
        "Found {count} relevant passages; putting the answer together…",
    ),
    "progress.checking": ("正在逐句核对答案里的数字和说法……", "Checking every figure and statement in the answer…"),
    "failed": (
        "抱歉，系统出了点问题，这次没能答完。您的问题已经保存，请点“重试”，或点“转人工”。",
        "I am sorry, something went wrong and I could not finish. Your question is saved; please retry, "
        "or tap “Talk to a person”.",
    ),
    "suggest.person": ("转人工", "Talk to a person"),
}


def say(key: str, language: Language, **values: object) -> str:
    """The sentence in Simplified Chinese or English (for zh-Hant the caller converts the script)."""
    chinese, english = _WORDS[key]
    return (english if language == "en" else chinese).format(**values)


def fixed() -> list[str]:
    """Every sentence that is always the same, in both languages: the product's own, and no claim of a model's."""
    return [text for pair in _WORDS.values() for text in pair if "{" not in text]


def label(generator: GeneratorName, language: Language) -> str:
    """The visible AI label that stands with every answer (labelling measures for generated content, 2025-09-01)."""
    return say(f"label.{generator}", language)
