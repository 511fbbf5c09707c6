"""Finding a rule's patterns in text, and forgiving what is forbidden there anyway or only asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rushi.policy.normalisation import Normal
from rushi.policy.rulebook import Pattern, Rule, Severity

_ENDS = re.compile(r"[。！？；\n]")
_CLAUSE_ENDS = re.compile(r"[，。！？；\n]")

# Words that deny what follows them in the clause. 不要忘, 不得少于 and the like are demands.
_NEGATION = re.compile(
    r"请勿|切勿|勿(?!忘)|不要(?!忘|错过|漏|停|犹豫|只)|别(?![忘错漏人家墅的])|不得(?!不|少于|低于)|不能(?!不|少|低)"
    r"|不可(?!少|不)|不许|不准|不必|不用|不需要?|无需|无须|毋须|不允许|不应|禁止|严禁|杜绝|拒绝|谢绝|不接受|不支持"
    r"|不鼓励|不会|不涉及|不含|不包含|不包括|不设|不搞|不要求|不强制|不以|不按|不凭|不靠|不收|不参与|不提供|不存在"
    r"|并非|不是|没有|从不|绝不|决不|谨防|警惕|防止|抵制|打击|远离|反对|反|防|戒|禁|拒|零"
)
_NEGATION_ADJACENT = re.compile(r"(?:不|没|无|未|非|免|别)(?:再|去|来|用|做|必)?$")
# Words between the denial and the match that end its reach: 不需要下载，只需点赞.
_TURN = re.compile(
    r"就(?:能|可|行|好)|即可|只需|只要|只用|仅需|而是|但|却|然后|接着|随后|之后|直接|改为|改成|换成|请(?!勿)"
)
_CONCESSION = re.compile(r"^[^，。；！？\n]{0,6}(?:就行|就可以|就能|就好|即可|便可)")
_FILLER = re.compile(
    r"您|你|用户|大家|参与者|任何|其他|其它|平台|公开|形式的?|类似|对|给|为|作品|视频|账号|主播|进行|做|去|到|在|上|也|或者?"
    r"|和|及|与|以及|等|、|，|的|要求|提供|发布|行为|操作|互动|点赞|关注|转发|收藏|评论|分享|投票|三连|加群|加好友|加微信"
    r"|刷单|好评|差评|我们|本任务|任务|参加|帮|帮忙|有|会|再|写|收取?|缴纳?|支付|交|付"
)
# After the match: 点赞与否不影响报酬 · 与点赞无关 · 点赞、转发均不需要.
_DENIED_AFTER = re.compile(
    r"^[^。；！？\n]{0,16}?(?:与否|都|也|均|一律|统统|完全)?(?:"
    r"(?:数|量|数量)?无关|不(?:会)?影响(?:您的|任何)?(?:报酬|结算|付款|奖励|收入|支付)|不(?:作|做)(?:要求|为)|不计入"
    r"|(?:不需要|不用|无需|不必|不要求|不允许|不可以|不接受|禁止)(?:您|你)?(?:做|操作|完成)?(?=[，。；！？\n]|$)"
    r"|(?:属于?|都是|均为)?违规|(?:将|会)?被(?:拒绝|处理|举报))"
)
# 不点赞不结算, 没有小号勿扰: denied twice means demanded.
_PENALTY = re.compile(
    r"^[^，。！？\n]{0,8}?，?(?:一律|都|均|统统|就)?(?:不(?:予|结|算|发钱|通过|付|给(?:钱|报酬|结|过|通过|予))|作废|无效|没有报酬|没钱"
    r"|勿扰|别来|绕道|免谈|勿进|别加|不要来)"
)
_CAN_STILL = re.compile(r"^[^。！？\n]{0,6}?(?:也|都)(?:可以?|能|行|没关系|教|带)|^[^。！？\n]{0,4}?(?:有人教|包教)")

# Asking people about a practice is research, not an order to do it.
_ENQUIRY = re.compile(
    r"是否|是不是|会不会|有没有|愿不愿意|能不能|想不想|为什么|为何|什么|哪些|哪种|哪个|哪类|怎么(?:看|想|样|处理|做|判断|理解)"
    r"|如何(?:看待|看|理解|判断|处理)|看法|想法|态度|聊聊|说说|谈谈|讲讲|回忆|觉得|认为|平时|曾经|以前|最近一次|上一次|遇到过"
    r"|见过|听说过|印象|意愿|动机|调研|多久|多少次|可信|相信|识别|辨别|听懂|看懂|理解|公益|科普|普法|[吗么]$|？$"
)
# Said of what somebody else does (看到…时，您怎么想): the question may come later in the sentence.
_SCENE = re.compile(r"看到|遇到|碰到|听到|面对|收到|如果有人|假如|要是有人|当有人")
# …unless proof or piece-rate is asked for in the same breath.
_DEMAND = re.compile(
    r"截图|核对|核查|检查|检测|凭|即可|才能|完成后|保持|日结|每(?:个|条|次|单|张|人)[^，。]{0,4}\d|[\d.]+(?:元|块|毛)|结算|上传"
)
_PROOF = re.compile(r"截图(?:上传|发|为证|审核|结算|返|给|即可)|(?:上传|发送?|凭|提交|每[个张])[^，。]{0,6}截图")


@dataclass(frozen=True, slots=True)
class Hit:
    """One match of a rule in canonical text; `forgiven` says why it does not count (empty: it counts)."""

    rule: Rule
    severity: Severity
    start: int
    end: int
    forgiven: str = ""


def hits(rule: Rule, normal: Normal, proof_asked: bool) -> Iterator[Hit]:
    """All matches of `rule`, widest first and without overlaps, each counted or forgiven.

    `proof_asked`: whether any field of the same campaign asks for screenshots as proof of the act; then
    no question wording forgives.
    """
    found: list[Hit] = []
    for pattern in rule.patterns:
        for match in pattern.regex.finditer(normal.text):
            found.append(_judged(rule, pattern, normal, match.start(), match.end(), proof_asked))
    found.sort(key=lambda hit: (bool(hit.forgiven), hit.severity != "block", hit.start - hit.end))
    kept: list[Hit] = []
    for hit in found:
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    yield from sorted(kept, key=lambda hit: hit.start)


def asks_for_proof(text: str) -> bool:
    """Whether canonical text asks for screenshots of an act."""
    return bool(_PROOF.search(text))


def _judged(rule: Rule, pattern: Pattern, normal: Normal, start: int, end: int, proof_asked: bool) -> Hit:
    text = normal.text
    if _excepted(rule, text, start, end):
        return Hit(rule, pattern.severity, start, end, "exception")
    if pattern.negation and _denied(normal, start, end):
        return Hit(rule, pattern.severity, start, end, "negation")
    if pattern.enquiry and _ENQUIRY.search(_asked(text, start, end)):
        if not proof_asked and not _DEMAND.search(_around(text, start, end, _ENDS)):
            return Hit(rule, pattern.severity, start, end, "enquiry")
        severity: Severity = "review" if pattern.severity == "block" and not proof_asked else pattern.severity
        return Hit(rule, severity, start, end)
    return Hit(rule, pattern.severity, start, end)


def _excepted(rule: Rule, text: str, start: int, end: int) -> bool:
    if any(regex.search(text) for regex in rule.text_exceptions):
        return True
    low, high = _bounds(text, start, end, _CLAUSE_ENDS)
    if any(regex.search(text[low:high]) for regex in rule.clause_exceptions):
        return True
    low, high = max(0, start - 24), min(len(text), end + 24)
    return any(
        match.start() + low < end and match.end() + low > start
        for regex in rule.overlap_exceptions
        for match in regex.finditer(text[low:high])
    )


def _bounds(text: str, start: int, end: int, ends: re.Pattern[str]) -> tuple[int, int]:
    """The stretch around [start, end) up to the nearest mark of `ends` on either side (the right one included)."""
    low = max((m.end() for m in ends.finditer(text, 0, start)), default=0)
    right = ends.search(text, end)
    return low, right.end() if right else len(text)


def _around(text: str, start: int, end: int, ends: re.Pattern[str]) -> str:
    """The stretch around a match without the match itself."""
    low, high = _bounds(text, start, end, ends)
    return text[low:start] + "　" + text[end:high]


def _asked(text: str, start: int, end: int) -> str:
    """The clause of the match, with a following question clause that has no verb of its own (…，为什么？)."""
    low, high = _bounds(text, start, end, _CLAUSE_ENDS)
    if _SCENE.search(text[low:start]):
        return _around(text, start, end, _ENDS)
    clause = text[low:start] + "　" + text[end:high].rstrip("，。；！\n")
    following = re.match(r"(?:为什么|怎么[看想]|是什么|您怎么|你怎么|可信吗|对吗)[^，。；！\n]{0,12}", text[high:])
    return clause + (following.group() if following else "")


def _denied(normal: Normal, start: int, end: int) -> bool:
    """Whether the sentence forbids the matched act or says that it is not needed."""
    text = normal.text
    after = text[end : _bounds(text, start, end, _ENDS)[1]]
    if _PENALTY.match(after) and _negation_before(normal, start) is not None:
        return False
    if _DENIED_AFTER.match(after.split("，")[0] if "，" in after else after) or _related_before(text, start, after):
        return True
    gap = _negation_before(normal, start)
    if gap is None or _TURN.search(gap) or _CAN_STILL.match(after):
        return False
    loose = len(_FILLER.sub("", gap)) > 2
    if "，" in gap:
        return not loose and not _CONCESSION.match(after)
    return not (loose and _CONCESSION.match(after)) and len(gap) <= 18


def _related_before(text: str, start: int, after: str) -> bool:
    """与…无关 / 不以…为条件 around the match."""
    before = text[max(0, start - 8) : start]
    return bool(re.search(r"[与和跟][^，。]{0,6}$", before) and re.match(r"[^，。]{0,12}无关", after))


def _negation_before(normal: Normal, start: int) -> str | None:
    """The text between the nearest denial and the match, or None when nothing denies it.

    A denial of an earlier clause reaches on only over a plain list (不需要点赞，关注，转发).
    """
    text = normal.text
    low, _ = _bounds(text, start, start, _ENDS)
    head = text[low:start]
    adjacent = _NEGATION_ADJACENT.search(head)
    if adjacent:
        return ""
    last = None
    for match in _NEGATION.finditer(head):
        last = match
    if last is None:
        return None
    gap = head[last.end() :]
    first = low + last.end()
    if gap and any(first < i <= start for i in normal.gaps):
        return None  # a space ended the clause: 不用下载 点赞即可
    if "，" in gap and len(_FILLER.sub("", gap)) > 0:
        return None
    return gap
