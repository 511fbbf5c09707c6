"""Writes src/rushi/client/shapes.py from the OpenAPI document: `python tools/client_shapes.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[1] / "src" / "rushi" / "client" / "shapes.py"
HEAD = '''"""What the API gives, as types. Written by tools/client_shapes.py from the OpenAPI document; do not edit."""

from __future__ import annotations

from typing import Literal, TypedDict
'''
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def name_of(schema: str) -> str:
    """`CampaignOut` is `Campaign` to a client."""
    return schema.removesuffix("Out")


def type_of(schema: dict[str, Any]) -> str:
    """A Python annotation for a JSON schema."""
    if "$ref" in schema:
        return name_of(schema["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in schema:
        return " | ".join(type_of(part) for part in schema["anyOf"])
    if "enum" in schema:
        return "Literal[" + ", ".join(f'"{word}"' for word in schema["enum"]) + "]"
    if schema.get("type") == "array":
        return f"list[{type_of(schema['items'])}]"
    if schema.get("type") == "object":
        return f"dict[str, {type_of(schema['additionalProperties'])}]"
    return PLAIN[schema["type"]]


def written(document: dict[str, Any]) -> str:
    """The whole module."""
    parts = [HEAD]
    for name, schema in sorted(document["components"]["schemas"].items()):
        if not name.endswith("Out"):
            continue
        words = schema.get("description", name).splitlines()[0]
        lines = [f"    {field}: {type_of(details)}" for field, details in schema["properties"].items()]
        parts.append("\n".join(["", f"class {name_of(name)}(TypedDict):", f'    """{words}"""', "", *lines, ""]))
    return "\n".join(parts)


def main() -> None:
    """Write the module and format it."""
    import subprocess
    import sys

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rushi.config.settings")
    import django

    django.setup()
    from rushi.api.site import api

    TARGET.write_text(written(api.get_openapi_schema(path_prefix="api/v1/")), "utf-8")
    subprocess.run([Path(sys.executable).with_name("ruff"), "format", "--quiet", TARGET], check=True)


if __name__ == "__main__":
    main()
