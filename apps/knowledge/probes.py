"""The trials that show what an embedding model understands: questions, passages that answer them in other words, and
passages that share the question's words but not its sense. English and Chinese line by line the same.

Data alone. A model that only compares words, or that cannot read a script, picks the wrong passages.
"""

from __future__ import annotations

from typing import NamedTuple


class Probe(NamedTuple):
    question: str
    answer: str
    decoy: str


ENGLISH: tuple[Probe, ...] = (
    Probe(
        "How do I get my money back?",
        "Refunds are paid to the card that was charged.",
        "Money was first coined on the way back from the river.",
    ),
    Probe(
        "What should I do when the car does not start?",
        "Check the battery and the ignition of your vehicle.",
        "The car park does not start charging before nine.",
    ),
    Probe(
        "Is the doctor free tomorrow?",
        "The physician has appointments available on the following day.",
        "Tomorrow's film about a doctor is free of charge.",
    ),
    Probe(
        "Why is the baby crying at night?",
        "Infants wake in the dark because they are hungry or need comfort.",
        "The band played Crying at Night for its baby boomers.",
    ),
    Probe(
        "How tall is the mountain?",
        "The summit lies four thousand metres above the sea.",
        "Tall people are paid more at the Mountain store.",
    ),
    Probe(
        "When does school begin?",
        "Lessons for pupils open in the first week of September.",
        "The school of painting that he does begin is modern.",
    ),
    Probe(
        "May I bring my dog to the restaurant?",
        "Pets are welcome where guests dine, if kept on a lead.",
        "The restaurant may bring a hot dog to your table.",
    ),
    Probe(
        "How can I lose weight?",
        "Eating less sugar and exercising daily makes people slimmer.",
        "You can lose the paper weight under the books.",
    ),
    Probe(
        "What makes the sea rise?",
        "Melting ice and warming oceans lift the water level along coasts.",
        "A sea of flags makes the fans rise from their seats.",
    ),
    Probe(
        "Who wrote this novel?",
        "The author of the book is a retired teacher.",
        "He wrote that this method is novel.",
    ),
)

CHINESE: tuple[Probe, ...] = (
    Probe("怎样才能把钱要回来？", "退款会原路返还到付款时使用的银行卡。", "钱老师要回来看看怎样才能种好树。"),
    Probe("车子打不着火怎么办？", "请检查您爱车的电瓶和点火装置。", "车子旁边有人打火机点不着烟怎么办。"),
    Probe("医生明天有空吗？", "大夫次日还有可以预约的号源。", "明天的电影讲医生在太空的故事。"),
    Probe("宝宝夜里为什么哭？", "婴儿在深夜醒来，多半是饿了或者需要安抚。", "为什么这首《夜里哭》成了店里的宝贝。"),
    Probe("这座山有多高？", "顶峰海拔四千米。", "这座山庄的高级客房有多间。"),
    Probe("学校什么时候开学？", "学生们九月第一周恢复上课。", "学校里什么花开的时候最香。"),
    Probe("可以带狗进餐厅吗？", "宠物只要拴好绳子，欢迎与客人一同用餐。", "餐厅可以带你进热狗的后厨看看吗。"),
    Probe("怎么减轻体重？", "少吃甜食、天天运动会让人变瘦。", "怎么减轻行李的重量，让身体舒服。"),
    Probe("海平面为什么上升？", "冰川融化、气候变暖使沿岸水位越来越高。", "为什么海报上的平面设计水准上升了。"),
    Probe("这部小说是谁写的？", "该书作者是一位退休教师。", "这部门里谁的小字写得好，说来听听。"),
)
