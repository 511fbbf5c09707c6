"""What every page must keep to, whoever it is shown to."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not given.get("src") and given.get("type") != "application/json":
            self.faults.append("a script in the page")
        address = (given.get("src") or given.get("href") or "") if tag in {"script", "link"} else ""
        if address.startswith(("http:", "https:", "//")):
            self.faults.append(f"{tag} from elsewhere: {address}")
        if tag == "style":
            self._inside = tag
        for name, value in attrs:
            if name.startswith(("on", "hx-on")):
                self.faults.append(f"{tag} {name}")
            if name in {"href", "src", "action", "formaction"} and (value or "").strip().lower().startswith(
                "javascript:"
            ):
                self.faults.append(f"{tag} {name} runs a script")
            if (value or "").startswith(("js:", "javascript:")):
                self.faults.append(f"{tag} {name}: {value}")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style" and data.strip():
            self.faults.append("a style sheet in the page")


def inline_scripts(page: str) -> list[str]:
    """What in a page the content policy would stop, or should have."""
    reader = _Reader()
    reader.feed(page)
    return reader.faults


def assert_no_inline_script(page: str) -> None:
    """Nothing in this page runs except files of ours."""
    assert inline_scripts(page) == []
