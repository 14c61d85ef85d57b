"""How a value, a type, a record and an address of Python's are written in JavaScript, each with its docstring."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
import types
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

WIDTH = 120
Names = Mapping[Any, str]
"""What types of Python's are called in JavaScript."""

_SIMPLE = {int: "number", float: "number", str: "string", bool: "boolean", type(None): "null", Any: "any"}


def docs_below(owner: types.ModuleType | type) -> dict[str, str]:
    """The docstring that stands under each name of a module or class, those of a class's bases included."""
    bases = getattr(owner, "__orig_bases__", ()) if isinstance(owner, type) else ()
    found = {name: doc for base in bases if isinstance(base, type) for name, doc in docs_below(base).items()}
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) and isinstance(owner, type) else tree.body
    for node, following in pairwise(body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(following, ast.Expr):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            text = ast.literal_eval(following.value) if isinstance(following.value, ast.Constant) else ""
            found[ast.unparse(target)] = " ".join(str(text).split())
    return found


def constant(module: types.ModuleType, name: str, called: str = "") -> str:
    """A constant of a module, with the docstring under it. Raises KeyError where there is none."""
    comment = _comment([f"{docs_below(module)[name]} `{module.__name__}.{name}`"])
    return f"{comment}\nexport const {called or name} = {value(getattr(module, name))};"


def value(given: object) -> str:
    """A literal that tsc takes at its word: of a list of names it knows which."""
    if isinstance(given, re.Pattern):
        return f"/^(?:{given.pattern})$/"  # \d means the ten of ASCII there
    if isinstance(given, tuple | list):
        return f"/** @type {{const}} */ ([{_fitted(map(_plain, given))}])"
    if isinstance(given, Mapping):
        entries = (f"{_key(name)}: {value(each)}" for name, each in given.items())
        return f"{{{_broken(entries)}}}"
    return _plain(given)


def _plain(given: object) -> str:
    return json.dumps(given, ensure_ascii=False, allow_nan=False)


def _key(name: str) -> str:
    return name if name.isidentifier() else _plain(name)


def _fitted(parts: Iterable[str]) -> str:
    line = ", ".join(parts)
    return line if len(line) < WIDTH - 60 else _broken(textwrap.wrap(line, WIDTH - 4), ending="")


def _broken(parts: Iterable[str], ending: str = ",") -> str:
    return "".join(f"\n  {part}{ending}" for part in parts) + "\n"


def type_of(hint: Any, names: Names) -> str:
    """A type as JSDoc has it. Raises TypeError for one that no component has been told so far."""
    if name := names.get(hint) or _SIMPLE.get(hint):
        return name
    kind, parts = get_origin(hint), get_args(hint)
    if kind is Literal:
        return " | ".join(map(_plain, parts))
    inner = [type_of(part, names) for part in parts if part is not Ellipsis]
    if kind in {Union, types.UnionType}:
        return " | ".join(inner)
    if kind is list or (kind is tuple and Ellipsis in parts):
        return f"({inner[0]})[]" if "|" in inner[0] else f"{inner[0]}[]"
    if kind in {tuple, dict, Mapping}:
        return f"[{', '.join(inner)}]" if kind is tuple else f"Record<{', '.join(inner)}>"
    raise TypeError(f"no JavaScript type is known for {hint}; say in pages/ui/contract how it is called there")


def alias(called: str, hint: Any, names: Names) -> str:
    """One of a few words, or another type that has a name of its own."""
    others = {each: name for each, name in names.items() if name != called}
    return _comment([f"@typedef {{{type_of(hint, others)}}} {called}"])


def record(called: str, kind: type, names: Names) -> str:
    """A TypedDict or dataclass as a typedef, its fields with the docstrings under them."""
    docs = docs_below(kind)
    first = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0]
    lines = [f"@typedef {{object}} {called} {' '.join(first.split())} `{kind.__module__}.{kind.__name__}`"]
    for name, hint in get_type_hints(kind, include_extras=True).items():
        is_optional = get_origin(hint) is NotRequired
        shown = type_of(get_args(hint)[0] if is_optional else hint, names)
        lines.append(f"@property {{{shown}}} {f'[{name}]' if is_optional else name} {docs.get(name, '')}".rstrip())
    return _comment(lines)


def address(name: str, path: str, query: Mapping[str, Any], names: Names) -> str:
    """A function from the numbers in a route's path, and from what may be asked, to the address below a base."""
    numbers = re.findall(r"{(\w+):int}", path)
    parameters = ["base", *numbers, *(["query"] if query else [])]
    asked = ", ".join(f"{each}?: {type_of(hint, names)}" for each, hint in query.items())
    said = " ".join(
        ["@param {string} base", *(f"@param {{number}} {each}" for each in numbers)]
        + ([f"@param {{{{{asked}}}}} [query]"] if query else [])
    )
    text = "`${base}" + re.sub(r"{(\w+):int}", r"${\1}", path) + "`"
    found = f"withQuery({text}, query)" if query else text
    return f"  /** {said} */\n  {_camel(name)}: ({', '.join(parameters)}) => {found},"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _comment(lines: list[str]) -> str:
    if len(lines) == 1 and len(lines[0]) <= WIDTH - 7:
        return f"/** {lines[0]} */"
    wrapped = (
        part
        for line in lines
        for part in textwrap.wrap(
            line, WIDTH, initial_indent=" * ", subsequent_indent=" *   ", break_long_words=False, break_on_hyphens=False
        )
    )
    return "\n".join(["/**", *wrapped, " */"])
