"""The sandbox's pages for people: the inbox, the faults to inject. No Django behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from rushi.integrations.sandbox_words import CHINESE, ENGLISH

if TYPE_CHECKING:
    from rushi.integrations.sandbox import Sms

FAULTS = ("none", "timeout", "throttle", "error", "mismatch", "no_record")


def words_for(cookie: str) -> Mapping[str, str]:
    """What the pages say: English for who chose it on the site (its cookie reaches every port), Chinese otherwise."""
    chosen = SimpleCookie(cookie).get("django_language")
    return ENGLISH if chosen and chosen.value == "en" else CHINESE


def inbox(words: Mapping[str, str], messages: Iterable[Sms], phone: str) -> str:
    """The messages that a real service would have sent, newest first."""
    rows = "".join(
        f"<li><div><b>{escape(sms.phone)}</b><time>{escape(sms.at)}</time></div>"
        f"<p>【{escape(sms.sign_name)}】{words['code']} <strong>{escape(sms.code)}</strong>{words['valid']}</p></li>"
        for sms in messages
    )
    return (
        f"<h1>{words['inbox']}</h1><p class=note>{words['inbox_note']}</p>"
        f"<form><label>{words['phone']} "
        f'<input name=phone inputmode=tel value="{escape(phone, quote=True)}"></label>'
        f"<button>{words['filter']}</button> <a href=/sms>{words['all']}</a></form>"
        f"<ul>{rows or '<li class=empty>' + words['empty'] + '</li>'}</ul>"
    )


def config_form(words: Mapping[str, str], faults: Mapping[str, str]) -> str:
    """The form that makes services fail on purpose."""

    def choice(service: str) -> str:
        options = "".join(
            f"<option value={key}{' selected' if faults[service] == key else ''}>{words[key]}</option>"
            for key in FAULTS
        )
        return f"<p><label>{words[service]} <select name={service}>{options}</select></label></p>"

    return (
        f"<h1>{words['faults']}</h1><p class=note>{words['faults_note']}</p><form method=post>"
        f"{choice('sms')}{choice('realname')}<button>{words['save']}</button></form>"
    )


def page(words: Mapping[str, str], content: str, *, refreshed: bool = False) -> str:
    """A whole page around `content`; `refreshed` ones load again every 3 seconds."""
    refresh = "<meta http-equiv=refresh content=3>" if refreshed else ""
    return (
        f"<!doctype html><html lang={words['lang']}><meta charset=utf-8>{refresh}<link rel=icon href=data:,>"
        f"<meta name=viewport content='width=device-width,initial-scale=1'><title>{words['title']}</title>"
        f"<style>{_CSS}</style><header><b>{words['sandbox']}</b>"
        f"<nav><a href=/sms>{words['sms_short']}</a><a href=/config>{words['faults']}</a></nav></header>"
        f"<main>{content}</main></html>"
    )


_CSS = (
    ":root{color-scheme:light}body{margin:0;font:16px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;background:#f6f4ee;"
    "color:#1c2421}header{display:flex;gap:1rem;align-items:center;padding:.6rem 1rem;background:#7a4b00;color:#fff}"
    "header b{border:1px solid;padding:0 .5rem;border-radius:4px}"
    "header a,main a{display:inline-flex;align-items:center;min-height:44px}"
    "header a{color:#fff;margin-right:1rem}"
    "main{max-width:40rem;margin:auto;padding:1rem}h1{font-size:1.3rem;margin:.5rem 0}.note{color:#5b6460}"
    "ul{list-style:none;padding:0}li{background:#fff;border:1px solid #ded9cc;border-radius:10px;padding:.7rem 1rem;"
    "margin:.6rem 0}li div{display:flex;justify-content:space-between}li p{margin:.2rem 0 0}"
    "strong{font-size:1.25rem;letter-spacing:.08em}.empty{color:#5b6460}"
    "input,select,button{font:inherit;min-height:44px;padding:.35rem .6rem;border:1px solid #9aa19d;border-radius:8px;"
    "background:#fff}"
    "main a{color:#0d5c50}form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}"
    "button{background:#1d5f4c;color:#fff;border-color:#1d5f4c}"
)
