"""Draws the demo's specimen business licence: `python tools/clips/licence.py`. A tool, not shipped."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

OUT = Path(__file__).parent.parent.parent / "src" / "rushi" / "market" / "clips" / "licence.png"
PAGE = """<meta charset=utf-8><body style="margin:0;width:640px;height:440px;font-family:'Noto Serif CJK SC';background:#fbf7ea;
border:12px double #b08a3c;box-sizing:border-box;text-align:center;color:#333"><div style="font-size:46px;font-weight:900;margin-top:40px;letter-spacing:.3em">营业执照</div>
<div style="font-size:20px;color:#b5352a;margin:8px">演示样张 · 不是真实证件</div><div style="text-align:left;margin:34px 60px;font-size:21px;line-height:2">名称：见机构资料<br>
类型：有限责任公司<br>统一社会信用代码：见机构资料<br>登记机关：演示市市场监督管理局</div></body>"""

if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 640, "height": 440})
        page.set_content(PAGE)
        page.screenshot(path=str(OUT))
        browser.close()
