"""How a value, a type, a record and an address of Python's are written in JavaScript, each with its docstring."""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import textwrap
import types
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

from vae_core.runs.records import Column, RowKind

WIDTH = 120
Names = Mapping[Any, str]
"""What types of Python's are called in JavaScript."""

_SIMPLE = {int: "number", float: "number", str: "string", bool: "boolean", type(None): "null", Any: "any"}


def docs_below(owner: types.ModuleType | type) -> dict[str, str]:
    """The docstring that stands under each name of a module, or under each of a class's own fields."""
    body, found = _body(owner), {}
    for node, following in pairwise(body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(following, ast.Expr):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            text = following.value.value if isinstance(following.value, ast.Constant) else ""
            found[ast.unparse(target)] = " ".join(str(text).split())
    return found


def _body(owner: types.ModuleType | type) -> list[ast.stmt]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    return tree.body[0].body if isinstance(owner, type) and isinstance(tree.body[0], ast.ClassDef) else tree.body


def _bases(kind: type) -> list[type]:
    """A record's bases that are records: a TypedDict forgets them, its source does not."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    named = [ast.unparse(base) for base in tree.bases] if isinstance(tree, ast.ClassDef) else []
    found = [getattr(sys.modules[kind.__module__], name, None) for name in named]
    return [base for base in found if isinstance(base, type)]


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


def joined(called: str, *parts: str) -> str:
    """A record that has the fields of several."""
    return _comment([f"@typedef {{{' & '.join(parts)}}} {called}"])


def columns(called: str, table: Mapping[str, Column], needed: Collection[str], names: Names) -> str:
    """The columns of a table as a typedef: each with its unit. needed: those that every row has, of an old run too."""
    lines = [f"@typedef {{object}} {called} A row of a run's metrics. `vae_core.runs.records.COLUMNS`"]
    for name, column in table.items():
        shown = name if name in needed else f"[{name}]"
        where = "" if len(column.rows) == len(get_args(RowKind)) else f" in rows of {' and '.join(column.rows)}"
        lines.append(f"@property {{{type_of(column.type, names)}}} {shown} {column.unit}{where}".rstrip())
    return _comment(lines)


def record(called: str, kind: type, names: Names) -> str:
    """A TypedDict or dataclass as a typedef, its fields with the docstrings under them, added to those of its bases."""
    docs, bases = docs_below(kind), _bases(kind)
    known = {name for base in bases for name in get_type_hints(base)}
    said = " ".join(inspect.cleandoc(kind.__doc__ or "").split())
    lines = [f"@typedef {{object}} {called}{'Own' if bases else ''} {said} `{kind.__module__}.{kind.__name__}`"]
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if name not in known:
            is_optional = get_origin(hint) is NotRequired
            shown = type_of(get_args(hint)[0] if is_optional else hint, names)
            lines.append(f"@property {{{shown}}} {f'[{name}]' if is_optional else name} {docs.get(name, '')}".rstrip())
    if bases:
        lines.append(f"@typedef {{{' & '.join([*(names[base] for base in bases), f'{called}Own'])}}} {called}")
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
