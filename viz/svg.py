"""An SVG for people and machines: tooltips that browsers show, a role, a title, and the whole picture in words."""

from __future__ import annotations

import xml.etree.ElementTree as ET

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


def accessible(svg: bytes, name: str, description: str) -> bytes:
    """Graphviz' SVG with `role`, `aria-label`, <title> and <desc>, and its tooltips where browsers look for them.

    Graphviz writes a tooltip as xlink:title, which browsers no longer show, and the name of a node as <title>, which
    they do: the first takes the place of the second.
    """
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(svg)
    root.set("role", "img")
    root.set("aria-label", name)
    for group in root.iter(f"{{{_SVG}}}g"):
        title = group.find(f"{{{_SVG}}}title")
        if title is None:
            continue
        link = group.find(f".//{{{_SVG}}}a[@{{{_XLINK}}}title]")
        if group.get("class") == "graph":
            group.remove(title)
        elif link is not None and group.get("class") != "graph":
            title.text = link.get(f"{{{_XLINK}}}title")
    title, desc = ET.Element(f"{{{_SVG}}}title"), ET.Element(f"{{{_SVG}}}desc")
    title.text, desc.text = name, description
    root.insert(0, title)
    root.insert(1, desc)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)
