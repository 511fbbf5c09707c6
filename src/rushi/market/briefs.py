"""What the demo market runs: campaigns in every state with briefs, questions and the comments people make. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: kind, words, options, which one is right."""

    kind: str
    text: str
    options: tuple[str, ...] = ()
    right: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign and how its story goes. `until` is the state it is left in.

    `answers` people answer over `days`, of whom `doubtful` do not watch properly, and `given_up` more return their
    places; it closes `closes_in` days after the market began, if at all; `pull`, `appeal` and `lean` feed
    `behaviour`.
    """

    key: str
    advertiser: str
    kind: str
    title: str
    brief: str
    clips: Mapping[str, str]
    asks: tuple[Ask, ...]
    until: str
    days: float
    reward_fen: int = 30
    places: int = 100
    answers: int = 0
    doubtful: int = 0
    pull: float = 0.0
    appeal: float = 0.0
    lean: float = 0.0
    audience: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closes_in: float | None = None
    given_up: int = 0


REACTION = Ask("reaction", "看完之后，您的感受是？")
PREFERENCE = Ask("preference", "哪一版更好？")
WHY = Ask("text", "为什么？用自己的话说说。")

SODA_ASKS = (
    REACTION,
    Ask("recall", "片子里的气泡水是什么口味？", ("白桃", "青柠", "葡萄", "原味"), 0),
    Ask("single", "在店里看到，您会拿一罐吗？", ("会", "看价格", "不会")),
    WHY,
)
NOODLE_ASKS = (PREFERENCE, Ask("recall", "这家店卖的是什么面？", ("牛肉面", "炸酱面", "担担面"), 0), WHY)
LAMP_ASKS = (
    REACTION,
    Ask("recall", "一次充电能亮多久？", ("36 小时", "8 小时", "72 小时"), 0),
    Ask("single", "您多久露营一次？", ("每月", "一年几次", "没有露营过")),
    WHY,
)
LAUNDRY_ASKS = (REACTION, Ask("recall", "片子里往洗衣机放了什么？", ("一颗凝珠", "洗衣粉", "肥皂"), 0), WHY)
EAR_ASKS = (REACTION, Ask("recall", "按一下之后发生了什么？", ("变安静了", "音乐变大了", "关机了"), 0), WHY)
FILM_ASKS = (
    REACTION,
    Ask("recall", "片子里的主角是什么动物？", ("兔子", "松鼠", "熊"), 0),
    Ask("single", "您会去看完整的片子吗？", ("会", "看时间", "不会")),
    WHY,
)

SODA_REMARKS = {
    "like": ("白桃味看着就凉快，想试试", "气泡那一下很舒服，短短的不啰嗦", "罐子好看，愿意拍照", "文案有意思，气泡比话多哈哈", "颜色舒服，夏天看到会买", "干净利落，十秒正好"),
    "neutral": ("还行，就是普通饮料广告", "罐子好看，但没说在哪买", "九个点的果汁算多吗？没概念", "看过就忘，缺一个记忆点"),
    "dislike": ("太粉了，不像给我看的", "没有真人喝，感觉不到味道", "字出来太快，老人家看不清", "甜腻的感觉，我不爱喝甜的"),
}  # fmt: skip
NOODLE_REMARKS = {
    "a": ("先说十五块，马上知道贵不贵", "价格实在，A 版直接", "十小时的汤更打动我"),
    "b": ("拉面那一下太馋人了", "看手艺才想进店，B 版有画面", "四十秒下锅很具体，可信"),
    "same": ("都挺好，碗再大一点", "两版差不多，主要看店在哪"),
}
LAMP_REMARKS = {
    "like": ("灯亮起来的那一下很温暖", "夜景好看，想去露营了", "三十六小时够用了，参数清楚", "安静，不吵，喜欢这种"),
    "neutral": ("画面好看，不过我不露营", "想知道多少钱", "灯的样子没看清"),
    "dislike": ("太慢了，前三秒不知道卖什么", "晚上那么黑看不清产品"),
}
LAUNDRY_REMARKS = {
    "like": ("一颗就够，省事", "滚筒转起来看着很干净", "比倒洗衣液方便"),
    "neutral": ("跟别家凝珠差不多", "没说香味"),
    "dislike": ("凝珠比洗衣液贵", "画面有点单调", "冬天冷水能溶吗？没说"),
}
EAR_REMARKS = {
    "like": ("声波一下子变平，懂了", "按一下就安静，地铁需要这个", "黑色很酷"),
    "neutral": ("降噪耳机太多了，差别不大", "四十五分贝是多少没概念"),
    "dislike": ("没有声音的耳机广告，怪", "字太多"),
}
FILM_REMARKS = {
    "like": ("兔子太可爱了，想看完整的", "画质很好，毛茸茸的", "带孩子看正合适", "蝴蝶那段轻松"),
    "neutral": ("太短了，还没看懂", "风格有点老"),
    "dislike": ("不知道在讲什么", "横屏的片子在手机上太小"),
}

PLANS = (
    Plan("soda-live", "soda", "reaction", "白桃气泡水 10 秒新片，您怎么看？",
         "夏季新品的短片，准备上线前想听听大家真实的感受。喜欢或不喜欢都可以直说，报酬一样。",
         {"a": "soda"}, SODA_ASKS, "live", 1.2, 32, 260, 138, 5, 0.15, -0.9, remarks=SODA_REMARKS,
         given_up=12),
    Plan("noodles-live", "noodles", "compare", "面馆开业短片：两个开头哪个好？",
         "同一家牛肉面馆的两个开头，一版先说价格，一版先看手艺。两版都看完，告诉我们哪版更想让您进店。",
         {"a": "noodles-a", "b": "noodles-b"}, NOODLE_ASKS, "live", 1.0, 50, 220, 121, 4, 0.1, 0, -0.42,
         remarks=NOODLE_REMARKS),
    Plan("lamp-live", "lamp", "reaction", "露营灯夜景片：会让您想出门吗？",
         "露营灯的氛围片，想知道开头够不够吸引人，卖点有没有记住。请按平时刷视频的习惯看。",
         {"a": "lamp"}, LAMP_ASKS, "live", 0.6, 35, 160, 43, 2, -0.35, -1.1,
         audience={"interests": ("travel", "sports", "digital", "home", "food", "film")}, remarks=LAMP_REMARKS,
         closes_in=1.0),
    Plan("laundry-closed", "laundry", "reaction", "洗衣凝珠 8 秒片：看得懂吗？",
         "第一版洗衣凝珠短片，想知道大家能不能看懂怎么用，画面会不会单调。",
         {"a": "laundry"}, LAUNDRY_ASKS, "disputed", 14, 25, 60, 60, 3, -0.1, -1.6, remarks=LAUNDRY_REMARKS),
    Plan("ear-closing", "earphones", "reaction", "降噪耳机声波片，您的第一感觉？",
         "用声波讲降噪的短片。想听真实的感觉：看懂没有，会不会想试。",
         {"a": "earphones"}, EAR_ASKS, "closing", 2.5, 28, 90, 38, 4, 0.0, -1.0, remarks=EAR_REMARKS),
    Plan("ear-paused", "earphones", "reaction", "降噪耳机短片：改字幕后的第二版",
         "字幕放慢后的第二版，看看是不是更容易看清。之前看过第一版的朋友也可以参加。",
         {"a": "earphones"}, EAR_ASKS, "paused", 2, 28, 60, 14, 1, 0.1, -0.8, remarks=EAR_REMARKS),
    Plan("lamp-funded", "lamp", "reaction", "露营灯：帐篷里的七秒",
         "另一条露营灯的短片，准备周末发布。请告诉我们灯亮起来的时候您的感受。",
         {"a": "lamp"}, LAMP_ASKS, "funded", 0.3, 35, 80),
    Plan("soda-approved", "soda", "reaction", "气泡水冰柜篇：会不会太短？",
         "放在便利店冰柜屏幕上的短片，没有声音。想知道十秒够不够说清楚口味。",
         {"a": "soda"}, SODA_ASKS, "approved", 0.5, 32, 120),
    Plan("laundry-review", "laundry", "reaction", "洗衣凝珠第二版：更清楚了吗？",
         "根据上一轮的意见改了字幕和节奏，再请大家看看。喜欢、一般、不喜欢都请直说。",
         {"a": "laundry"}, LAUNDRY_ASKS, "in_review", 0.1, 26, 100),
    Plan("noodles-rejected", "noodles", "reaction", "面馆外卖短片：看着有食欲吗？",
         "外卖平台上用的短片，想知道看完有没有食欲，字幕是不是清楚。",
         {"a": "noodles-a"}, (REACTION, *NOODLE_ASKS[1:]), "rejected", 1.5, 30, 100),
    Plan("film-closed", "film", "reaction", "动画短片《大兔子》预告，您喜欢吗？",
         "开源动画短片的一小段，测试观众的第一反应。片段来自 Big Buck Bunny（Blender 基金会，CC BY 3.0）。",
         {"a": "bigbuckbunny"}, FILM_ASKS, "closed", 9, 25, 80, 80, 0, 0.4, -0.4, remarks=FILM_REMARKS),
    Plan("film-draft", "film", "reaction", "短片片头两种配乐（准备中）", "想测试片头，素材还在剪。",
         {}, (REACTION, Ask("recall", "片头出现了什么？", ("山", "海"), 0)), "draft", 0.2, 25, 50),
)  # fmt: skip
