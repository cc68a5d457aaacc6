"""Names of people, branches, institutions, laws and products: only those the evidence or the catalogue holds."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import pytest
from charset_normalizer import from_path

from guardrails.catalogue import Catalogue, Product
from guardrails.entities import EntityCheck
from guardrails.normal import Normaliser
from guardrails.numbers import read_facts
from guardrails.people import PersonSlots
from guardrails.verdict import Evidence

CATALOGUE = Catalogue([Product("WY-R2-01", "稳盈固收90天", "R2"), Product("DQ001", "整存整取定期存款")])
NORMALISER = Normaliser()
CHECK = EntityCheck(CATALOGUE, "稳答示范银行", ["工商银行", "中国平安"])
FACTS = read_facts(
    [
        Evidence(
            "请到朝阳支行办理，联系人陈静，电话0571-88880000。根据《存款保险条例》，由示范人寿保险股份有限公司承保。"
            "Contact: Li Ming.",
            title="业务指南",
        )
    ],
    CATALOGUE,
    NORMALISER,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "行长是李明。",
        "我行行长为王建国。",
        "联系人：陈晓东。",
        "请联系客户经理张伟。",
        "由刘强先生负责。",
        "您可以找李经理办理。",
        "董事长赵海涛会回复您。",
        "请到西湖支行办理。",
        "网点位于解放路一带。",
        "地址是人民路88号。",
        "本产品由中国平安承保。",
        "该产品由华夏基金管理。",
        "这只产品由长城信托有限公司负责运作。",
        "根据《消费者权益保护法》，您可以退款。",
        "您也可以购买稳盈固收180天。",
        "The manager is Wang Fang.",
        "Please contact Mr. Zhang.",
        "Zhao Lei will call you.",
    ],
)
def test_a_name_nothing_supports_is_stopped(sentence: str) -> None:
    assert CHECK.check(sentence, FACTS) is not None


CENTRE = read_facts(
    [
        Evidence(
            "财富中心由主任陈思远负责，理财顾问林晓雯、赵一鸣提供预约服务。客户经理王丽负责城东支行。",
            title="财富中心介绍",
        )
    ],
    CATALOGUE,
    NORMALISER,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "陈主任管整个中心。",
        "林顾问和赵顾问都要提前约。",
        "王经理在城东支行。",
        "您可以先打给林女士预约。",
        "Please ask for Lin Xiaowen or Zhao Yiming.",
        "Director Siyuan Chen runs the centre.",
        "您说的李经理，我们资料里没有这个人。",
        "北城支行不在我们的名单里。",
    ],
)
def test_who_the_evidence_names_may_be_called_by_surname_and_title_or_spelt_out(sentence: str) -> None:
    assert CHECK.check(sentence, CENTRE, "李经理在吗，北城支行开门吗") is None


@pytest.mark.parametrize(
    "sentence",
    [
        "陈行长负责中心。",
        "请找赵主任。",
        "林主任负责中心。",
        "您可以找孙女士预约。",
        "李经理在城东支行，他没有时间。",
        "Please ask for Lin Xiaofeng.",
        "Zhao Lei will call you.",
    ],
)
def test_another_title_or_another_sound_is_another_person(sentence: str) -> None:
    assert CHECK.check(sentence, CENTRE, "李经理在吗") is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "请联系陈静，电话0571-88880000。",
        "请到朝阳支行办理。",
        "请到就近支行或任一网点办理。",
        "根据《存款保险条例》，存款受保障。",
        "稳盈固收90天可以在手机银行购买。",
        "《整存整取定期存款》见说明书。",
        "稳答示范银行的客服会为您转接。",
        "由示范人寿保险股份有限公司承保。",
        "请联系客户经理办理，或拨打客服热线。",
        "金额、费用和高风险产品的说明见下表。",
        "任何工作人员都不会索要密码。",
        "Please contact Li Ming.",
        "Please use Mobile banking to report the loss.",
    ],
)
def test_known_names_and_ordinary_words_pass(sentence: str) -> None:
    assert CHECK.check(sentence, FACTS) is None


def test_a_name_the_customer_brought_may_be_said_only_to_deny_it() -> None:
    question = "行长是不是王建国"
    assert CHECK.check("资料中没有提到王建国。", FACTS, question) is None
    assert CHECK.check("是的，行长是王建国。", FACTS, question) is not None


def test_a_replaced_catalogue_knows_the_new_products() -> None:
    other = CHECK.with_catalogue(Catalogue([Product("WY-180", "稳盈固收180天")]))
    assert other.check("您可以查看稳盈固收180天。", FACTS) is None
    assert CHECK.check("您可以查看稳盈固收180天。", FACTS) is not None


NOTHING = read_facts([Evidence("网点在明远路，周一至周五营业。定期存款一年期。")], CATALOGUE, NORMALISER)
SURNAMES = [
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭萧肖田董潘袁蔡蒋余于杜叶程魏苏",
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "慕容",
]
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰萍红远国建海波宁新志文斌辉鹏飞"
    "宇浩子涵梓轩雨欣思怡佳博晨阳天俊若雪嘉琪一诺可心晓梅春生永安康德福荣光"
)
SLOTS = [
    "行长是{}。",
    "该行行长是{}先生。",
    "我行行长为{}。",
    "请联系客户经理{}。",
    "由{}女士负责接待。",
    "联系人：{}",
    "负责人叫{}，周一上班。",
    "{}经理会联系您。",
    "支行行长{}表示，存款很安全。",
    "经理的名字是{}。",
    "{}主任在三楼办公室。",
    "大堂经理是{}，电话请查。",
    "本行由{}担任行长。",
    "您的客户经理就是{}。",
    "{}先生负责这项业务。",
    "根据资料，行长目前是{}。",
    "董事长为{}女士，行长为本行员工。",
    "行长（支行）：{}",
    "行长，{}先生，会接待您。",
    "资料显示{}是本行行长。",
    "行长是**{}**。",
    "{}担任本行行长。",
]


def _sentences(count: int) -> list[str]:
    rng = random.Random(2026)
    names = (rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2)))) for _ in range(count))
    return [slot.format(name) for slot, name in zip(itertools.cycle(SLOTS), names, strict=False)]


def test_of_a_thousand_generated_names_in_a_persons_place_hardly_one_passes() -> None:
    sentences = _sentences(1100)
    passed = [sentence for sentence in sentences if CHECK.check(sentence, NOTHING) is None]
    assert len(passed) <= 2, passed


@pytest.mark.parametrize(
    "sentence",
    [
        "行长是李明远。",
        "该行行长是李明远先生。",
        "李明远是行长。",
        "李明远和王芳负责接待。",
        "行长一职由李明远担任。",
        "现任行长李明远于2020年上任。",
        "行长是古丽娜扎。",
        "行长就是大名鼎鼎的李明远。",
        "行长姓欧阳。",
        "他姓李，叫明远。",
        "我叫王子涵，是您的客服。",
        "客户经理小李会联系您。",
        "老张负责此事。",
        "经理是Tom。",
        "The president is Li Mingyuan.",
        "Our branch manager, Jessica, will help you.",
        "Contact David Miller at the branch.",
        "Your adviser is Ouyang Nana.",
        "Please ask for Tom.",
        "Emily Carter is our president.",
        "The president of the bank is Mingyuan Li.",
    ],
)
def test_a_person_is_found_by_the_place_in_the_sentence(sentence: str) -> None:
    assert CHECK.check(sentence, NOTHING) is not None


BENIGN = [
    "本行行长接待日是每月第一个周一。",
    "网点位于明远路附近。",
    "您可以找客户经理办理，也可以联系大堂经理。",
    "负责人为本行员工。",
    "客户经理会为您介绍产品的风险等级。",
    "联系人是您本人或您的家属。",
    "任何人不得代您做风险测评。",
    "高级经理和主管需要双人复核。",
    "单位负责人应当在授权书上签字。",
    "法定代表人是公司的负责人。",
    "请由经办人携带身份证办理。",
    "客户经理向客户说明风险。",
    "理财经理应当向您出示资格证书。",
    "本行的投诉由消费者权益保护部负责。",
    "行长接待时间为每周三上午。",
    "大堂经理于每周一至周五在岗。",
    "客户经理是您的专属服务人员。",
    "方案由理财师为您制定。",
    "该业务由总行统一负责。",
    "请联系客服人员或拨打热线。",
    "部门经理任期为三年。",
    "公司法人是独立承担责任的组织。",
    "经理表示歉意。",
    "工作人员将联系您。",
    "金融机构负责人会签署文件。",
    "请向网点主任反映。",
    "受益人是指定的家人。",
    "您的账户名叫个人结算账户。",
    "这种存款叫通知存款。",
    "这种费用叫年费。",
    "该等级叫平衡型。",
    "由开户行负责核实。",
    "高风险产品由专员双录。",
    "主任委员会负责审批。",
    "客服代表全天在线。",
    "和经理约定时间。",
    "高龄客户由大堂经理陪同办理。",
    "请提前联系网点，由专员为您预约。",
    "姓名、电话和地址需要一致。",
    "您的姓氏需要与证件一致。",
    "负责人签字即可。",
    "由于系统维护，办理时间顺延。",
    "应由本人办理。",
    "通常由系统自动处理。",
    "费用由保险公司承担，理赔由其负责。",
    "任意一方代表均可签字。",
    "向客户经理咨询即可。",
    "联系人可以填写家人或同事。",
    "经办人（代理人）须出示证件。",
    "周末由值班经理接待。",
    "年费由持卡人承担。",
    "程序由科技部负责。",
    "行长是银行的主要负责人。",
    "行长为银行高级管理人员。",
    "专家认为风险较高。",
    "律师费由败诉方承担。",
    "客户经理双人上门。",
]


@pytest.mark.parametrize("sentence", BENIGN)
def test_roles_and_ordinary_words_are_no_persons(sentence: str) -> None:
    assert CHECK.check(sentence, NOTHING) is None


def test_no_sentence_of_the_sample_documents_holds_a_person() -> None:
    slots = PersonSlots()
    found, count = [], 0
    for path in sorted(Path("ingestion/samples").rglob("*")):
        if path.suffix in {".md", ".txt", ".csv", ".html"}:
            plain = re.sub(r"<[^>]+>|[#*|>`]+", "\n", str(from_path(path).best()))
            for sentence in {piece.strip() for piece in re.split(r"(?<=[。！？；\n])", plain) if piece.strip()}:
                count += 1
                found += [(name, sentence) for name in slots.names(NORMALISER.plain(sentence))]
    assert count >= 600
    assert not found
