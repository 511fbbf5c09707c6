"""The scenes: one invented brand each. `name: (seconds, html)`; moving parts carry their own delays."""

from __future__ import annotations

import random


def _text(words: str, css: str, start: float, end: float | None = None, kind: str = "big") -> str:
    out = f"<div class='at' style='{css}'><div class='out' style='animation-delay:{end}s'>" if end else ""
    inner = f"<div class='in {kind}' style='animation-delay:{start}s'>{words}</div>"
    return f"{out}{inner}</div></div>" if end else f"<div class='at' style='{css}'>{inner}</div>"


def _bubbles(count: int, seed: int, colour: str, width: int = 540) -> str:
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        size, left, lasts, start = draw.randint(8, 34), draw.randint(0, width), draw.uniform(2.5, 5), draw.uniform(0, 7)
        made.append(
            f"<i class='at' style='left:{left}px;bottom:-40px;width:{size}px;height:{size}px;border-radius:50%;"
            f"background:{colour};animation:rise {lasts:.2f}s linear {start:.2f}s infinite both'></i>"
        )
    return "".join(made)


def _stars(count: int, seed: int) -> str:
    draw = random.Random(seed)
    return "".join(
        f"<i class='at' style='left:{draw.randint(0, 540)}px;top:{draw.randint(0, 520)}px;width:{(s := draw.randint(2, 4))}px;"
        f"height:{s}px;border-radius:50%;background:#fff;animation:fade 1.5s {draw.uniform(0, 3):.2f}s both'></i>"
        for _ in range(count)
    )


SODA = (
    "<div class='at' style='inset:0;background:linear-gradient(#ffd9d2,#ff9fa0 60%,#ff7f8a)'></div>"
    + _bubbles(26, 1, "rgba(255,255,255,.55)")
    + "<div class='at' style='left:185px;top:330px;width:170px;height:400px;transform-origin:50% 100%;animation:sway 3s ease-in-out infinite'>"
    "<div style='height:26px;margin:0 22px;background:#d8dde3;border-radius:14px 14px 0 0'></div>"
    "<div style='height:352px;border-radius:26px;background:linear-gradient(90deg,#ffeae6,#fff 35%,#ffd5cf);display:grid;place-items:center;"
    "box-shadow:0 24px 50px rgba(150,30,50,.35)'><div style='text-align:center;color:#d7404e'>"
    "<div style='width:104px;height:104px;border-radius:50% 50% 48% 52%;background:radial-gradient(circle at 35% 30%,#ffe1d6,#ff8f86);margin:0 auto 20px'></div>"
    "<div class='serif' style='font-size:54px;font-weight:900;line-height:1.1'>桃<br>汽</div></div></div>"
    "<div style='height:22px;margin:0 20px;background:#c9ced5;border-radius:0 0 14px 14px'></div></div>"
    + "<div class='mark' style='color:#b3303e'>桃汽 · 白桃气泡水</div>"
    + _text("热到不想说话", "left:36px;top:130px;color:#7a1f2b", 0.2, 3.0)
    + _text("拉开这一罐，", "left:36px;top:110px;color:#7a1f2b", 3.3, 6.4)
    + _text("气泡比话多。", "left:36px;top:200px;color:#fff", 3.9, 6.4)
    + _text("真白桃汁 9%", "left:36px;top:110px;color:#7a1f2b", 6.7)
    + _text("零蔗糖 · 一口冒泡", "left:36px;top:206px;color:#b3303e", 7.2, kind="mid")
    + _text("冰柜第二层见", "left:0;right:0;bottom:120px;text-align:center;color:#7a1f2b", 8.0, kind="mid")
)

LAUNDRY = (
    "<div class='at' style='inset:0;background:linear-gradient(#e7f5ff,#a9d6f5)'></div>"
    "<div class='at' style='left:60px;top:330px;width:420px;height:470px;border-radius:34px;background:#fbfdff;box-shadow:0 26px 60px rgba(30,90,140,.3)'>"
    "<div style='height:70px;border-bottom:3px solid #e2ecf4;display:flex;gap:16px;align-items:center;padding:0 30px'>"
    "<i style='width:34px;height:34px;border-radius:50%;background:#2f8fd0'></i><i style='width:110px;height:18px;border-radius:9px;background:#dbe8f2'></i></div>"
    "<div style='width:310px;height:310px;border-radius:50%;margin:40px auto;border:22px solid #d4e2ed;overflow:hidden;position:relative;background:#17496f'>"
    "<div class='at' style='inset:-40px;border-radius:44%;background:conic-gradient(#5fc3f0,#eafaff,#8fdcf7,#ffffff,#5fc3f0);animation:spin 2.2s linear 2.6s infinite;opacity:.92'></div>"
    "<div class='at' style='left:70px;top:86px;width:60px;height:60px;border-radius:40%;background:#ff8a5c;animation:spin 1.7s linear 2.6s infinite'></div></div></div>"
    "<div class='at' style='left:222px;top:150px;width:96px;height:96px;animation:drop 1.1s cubic-bezier(.5,0,.8,.4) 1.4s both'>"
    "<div style='width:96px;height:96px;border-radius:46%;background:radial-gradient(circle at 32% 30%,#fff,#8be0ff 30%,#2f8fd0 62%,#4fd3a5);animation:spin 1.4s linear infinite'></div></div>"
    "<style>@keyframes drop { 0% { transform: translateY(60px) scale(1.25); } 70% { opacity: 1; } to { transform: translateY(430px) scale(.5); opacity: 0; } }</style>"
    + _bubbles(20, 5, "rgba(255,255,255,.75)")
    + "<div class='mark' style='color:#1c5f8f'>净澜 · 洗衣凝珠</div>"
    + _text("还倒洗衣液？", "left:36px;top:120px;color:#123f60", 0.1, 1.9)
    + _text("扔一颗进去。", "left:36px;top:120px;color:#123f60", 2.4, 4.6)
    + _text("八秒全溶", "left:36px;top:120px;color:#123f60;white-space:nowrap", 5.0)
    + _text("一桶衣服 · 一颗凝珠", "left:36px;top:226px;color:#1c5f8f", 5.6, kind="mid")
)

_BOWL = (
    "<div class='at' style='left:70px;top:470px;width:400px;height:300px;isolation:isolate'>"
    "<div class='at' style='inset:0 0 auto 0;height:150px;border-radius:50%;background:#e9d3a6;border:14px solid #f6efe2;overflow:hidden'>"
    "<div class='at' style='inset:0;background:repeating-linear-gradient(100deg,#e8c987 0 9px,#d7b066 9px 18px)'></div>"
    "<i class='at' style='left:60px;top:30px;width:110px;height:44px;border-radius:40%;background:#7b3a22;transform:rotate(-9deg)'></i>"
    "<i class='at' style='left:190px;top:46px;width:110px;height:40px;border-radius:40%;background:#8a4427;transform:rotate(7deg)'></i>"
    "<i class='at' style='left:140px;top:20px;width:70px;height:12px;border-radius:9px;background:#3f8a3f'></i><i class='at' style='left:170px;top:86px;width:60px;height:11px;border-radius:9px;background:#5aa647'></i></div>"
    "<div class='at' style='left:0;right:0;top:75px;height:210px;background:linear-gradient(#fbf5ea,#e6d6bd);border-radius:0 0 200px 200px;z-index:-1'></div>"
    "<div class='at serif' style='left:0;right:0;top:186px;text-align:center;color:#a33124;font-size:40px;font-weight:900'>老街</div></div>"
)
_STEAM = (
    "".join(
        f"<i class='at' style='left:{left}px;top:430px;width:54px;height:54px;border-radius:50%;background:rgba(255,255,255,.20);filter:blur(12px);"
        f"animation:steam 3s ease-out {start}s infinite both'></i>"
        for left, start in ((150, 0), (230, 0.8), (310, 1.6), (190, 2.2))
    )
    + "<style>@keyframes steam { from { transform: translateY(60px) scale(.7); opacity: 0; } 30% { opacity: 1; } to { transform: translateY(-210px) scale(2.4); opacity: 0; } }</style>"
)
_NOODLE_BACK = (
    "<div class='at' style='inset:0;background:radial-gradient(circle at 50% 62%,#8c2f20,#3d120c 70%)'></div>"
)
_NOODLE_END = _text("老街牛肉面", "left:0;right:0;top:150px;text-align:center", 6.2, kind="big serif") + _text(
    "开业头三天 · 第二碗半价", "left:0;right:0;top:270px;text-align:center;color:#ffd48a", 6.8, kind="mid"
)

NOODLES_A = (
    _NOODLE_BACK + _BOWL + _STEAM + "<div class='mark' style='color:#ffd48a'>老街牛肉面</div>"
    + _text("一碗牛肉面，", "left:40px;top:150px", 0.1, 2.7)
    + "<div class='at' style='left:40px;top:250px'><div class='out' style='animation-delay:2.7s'><div class='serif' style='font-size:120px;font-weight:900;color:#ffd48a;animation:pop .6s .7s both'>15 元</div></div></div>"
    + _text("八两大骨，<br>熬了十小时。", "left:40px;top:150px", 3.0, 5.9)
    + _NOODLE_END
)  # fmt: skip

NOODLES_B = (
    _NOODLE_BACK + "<div class='mark' style='color:#ffd48a'>老街牛肉面</div>"
    + "<div class='at' style='left:40px;right:40px;top:420px;height:300px'><div class='out' style='animation-delay:2.8s;position:absolute;inset:0'>"
    + "".join(
        f"<i class='at' style='left:0;right:0;top:{20 + i * 26}px;height:9px;border-radius:9px;background:#f3dcae;transform-origin:50% 50%;animation:pull 2.4s ease-in-out {i * 0.05:.2f}s both'></i>"
        for i in range(10)
    )
    + "</div></div><style>@keyframes pull { 0% { transform: scaleX(.12); } 45% { transform: scaleX(.9) rotate(1deg); } 60% { transform: scaleX(.5); } 100% { transform: scaleX(1) rotate(-1deg); } }</style>"
    + "<div style='animation:fade .6s 2.9s both'>" + _BOWL + _STEAM + "</div>"
    + _text("现拉，", "left:40px;top:150px", 0.1, 2.7) + _text("细到能穿针。", "left:40px;top:250px;color:#ffd48a", 0.9, 2.7)
    + _text("下锅 40 秒，<br>端上就吃。", "left:40px;top:150px", 3.1, 5.9)
    + _NOODLE_END
)  # fmt: skip

LAMP = (
    "<div class='at' style='inset:0;background:linear-gradient(#0a1430,#1d2b55 55%,#2b3a3f)'></div>"
    + _stars(70, 9)
    + "<div class='at' style='left:-60px;right:-60px;bottom:0;height:300px;background:#16231f;border-radius:50% 50% 0 0'></div>"
    "<div class='at' style='left:-80px;top:300px;width:700px;height:700px;border-radius:50%;background:radial-gradient(circle,rgba(255,205,110,.75),rgba(255,170,60,.25) 40%,transparent 68%);animation:glow 1.6s 2.4s both'></div>"
    "<div class='at' style='left:60px;top:520px;width:0;height:0;border-left:210px solid transparent;border-right:210px solid transparent;border-bottom:270px solid #3a5a4b'></div>"
    "<div class='at' style='left:60px;top:520px;width:0;height:0;border-left:210px solid transparent;border-right:210px solid transparent;border-bottom:270px solid #e0a048;animation:fade 1.2s 2.6s both'></div>"
    "<div class='at' style='left:225px;top:640px;width:0;height:0;border-left:45px solid transparent;border-right:45px solid transparent;border-bottom:150px solid #1b2a24'></div>"
    "<div class='at' style='left:404px;top:650px;width:76px;height:140px;transform-origin:50% 0;animation:sway 4s ease-in-out infinite'><i style='display:block;margin:0 auto;width:40px;height:30px;border:6px solid #c8ccd2;border-bottom:0;border-radius:20px 20px 0 0'></i>"
    "<i style='display:block;height:16px;background:#c8ccd2;border-radius:8px'></i><i style='display:block;height:70px;margin:0 8px;background:#54606e;position:relative'><b style='position:absolute;inset:0;background:#ffe9b0;box-shadow:0 0 50px 16px #ffc864;animation:fade .5s 2.4s both'></b></i><i style='display:block;height:18px;background:#c8ccd2;border-radius:8px'></i></div>"
    "<div class='mark' style='color:#ffe0a3'>拾光 · 露营灯</div>"
    + _text("天黑以后，", "left:36px;top:130px", 0.3, 3.6, "big serif")
    + _text("山里只剩一盏灯。", "left:36px;top:230px;color:#ffe0a3", 1.4, 3.6, "mid")
    + _text("一次充电，", "left:36px;top:130px", 4.0, 7.2, "big serif")
    + _text("亮 36 小时。", "left:36px;top:226px;color:#ffe0a3", 4.7, 7.2, "big serif")
    + _text("拾光露营灯", "left:36px;top:130px", 7.6, kind="big serif")
    + _text("230 克 · 三档暖光", "left:36px;top:236px;color:#ffe0a3", 8.2, kind="mid")
)

EARPHONES = (
    "<div class='at' style='inset:0;background:linear-gradient(160deg,#14161c,#2a2f3d)'></div>"
    + "".join(
        f"<i class='at' style='left:{30 + i * 25}px;top:470px;width:11px;height:220px;border-radius:9px;background:linear-gradient(#7df0c8,#4aa8ff);"
        f"animation:wave{i % 4} {0.7 + (i * 37 % 10) / 14:.2f}s ease-in-out infinite alternate, hush 1.1s ease-in-out 4.4s forwards'></i>"
        for i in range(20)
    )
    + "<style>"
    + "".join(
        f"@keyframes wave{k} {{ from {{ transform: scaleY({0.12 + k * 0.1:.2f}); }} to {{ transform: scaleY({1 - k * 0.14:.2f}); }} }}"
        for k in range(4)
    )
    + "@keyframes hush { to { height: 8px; top: 576px; opacity: .7; } }</style>"
    + "<div class='at' style='left:170px;top:470px;width:200px;height:230px;animation:fade .8s 5.4s both'><i class='at' style='left:8px;top:20px;width:84px;height:96px;border-radius:48% 52% 44% 56%;background:#f2f4f7'></i><i class='at' style='left:52px;top:90px;width:34px;height:130px;border-radius:18px;background:#e2e6eb'></i>"
    "<i class='at' style='right:8px;top:20px;width:84px;height:96px;border-radius:52% 48% 56% 44%;background:#f2f4f7'></i><i class='at' style='right:52px;top:90px;width:34px;height:130px;border-radius:18px;background:#e2e6eb'></i></div>"
    "<div class='mark' style='color:#7df0c8'>静听 · 降噪耳机</div>"
    + _text("地铁 92 分贝", "left:36px;top:140px", 0.2, 2.4)
    + _text("工地、小孩、同事的会", "left:36px;top:246px;color:#9fb4c9", 1.0, 3.9, "mid")
    + _text("按一下。", "left:36px;top:140px", 2.7, 4.3)
    + _text("安静了。", "left:36px;top:140px;color:#7df0c8", 4.9)
    + _text("深度降噪 45 dB", "left:36px;top:246px;color:#9fb4c9", 5.8, kind="mid")
    + _text("静听 T2 · 单次 9 小时", "left:0;right:0;bottom:130px;text-align:center", 6.4, kind="mid")
)

SCENES = {
    "soda": (10.0, SODA),
    "laundry": (8.0, LAUNDRY),
    "noodles-a": (9.0, NOODLES_A),
    "noodles-b": (9.0, NOODLES_B),
    "lamp": (11.0, LAMP),
    "earphones": (8.5, EARPHONES),
}
