"""Rewrite a module so that mypyc compiles its classes, and not only its functions.

mypyc knows data classes, but runs the `__init__` that Python generates for them; a `value`, a `record` and a `lazy` it
does not know at all, and reads their fields more slowly than the interpreter does. So in the copy that is compiled each
of these classes gets its methods written out, and each `lazy` becomes a property with two fields. Nothing else changes.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_KINDS: Final = frozenset({"value", "record", "dataclass"})
_OPTIONS: Final = frozenset({"slots", "kw_only"})
"""Of a data class: those that change nothing else than what is written out here."""
_DECORATED: Final = "dataclass(init=False, eq=False, kw_only={kw_only})"


@dataclass(frozen=True, slots=True)
class _Field:
    """A field as an argument of `__init__`, and what the instance keeps of it."""

    name: str
    argument: str
    kept: str


def plain(source: str) -> str:
    """Return a module's source with its values, records, data classes and lazy methods written out."""
    module = ast.parse(source)
    changed = False
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            changed = _write_out_fields(node) or changed
            changed = _write_out_lazies(node) or changed
    if not changed:
        return source
    at = next(index for index, node in enumerate(module.body) if isinstance(node, ast.Import | ast.ImportFrom))
    module.body.insert(at, ast.parse("from dataclasses import dataclass").body[0])
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


def _write_out_fields(node: ast.ClassDef) -> bool:
    at = next((index for index, one in enumerate(node.decorator_list) if _name(one) in _KINDS), None)
    if at is None:
        return False
    kind, by_name = _name(node.decorator_list[at]), _is_by_name(node.decorator_list[at])
    _refuse_what_would_be_lost(node, node.decorator_list[at])
    annotated = [one for one in node.body if isinstance(one, ast.AnnAssign)]
    fields = [_field(one) for one in annotated]
    has = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    node.decorator_list[at] = _expression(_DECORATED.format(kw_only=by_name))
    node.body += _methods(node.name, fields, has, by_name=by_name, hashed=kind != "dataclass")
    return True


def _refuse_what_would_be_lost(node: ast.ClassDef, decorator: ast.expr) -> None:
    """Raise TypeError where Python would do more with a class than what is written out for it."""
    options = {one.arg for one in decorator.keywords} if isinstance(decorator, ast.Call) else set()
    if (
        node.bases
        or options - _OPTIONS
        or any(isinstance(one, ast.FunctionDef) and one.name == "__post_init__" for one in node.body)
    ):
        raise TypeError(f"line {node.lineno}: a base, an option or a __post_init__ of {node.name} would be lost")


def _field(node: ast.AnnAssign) -> _Field:
    """Return a field; a `Final` of it is taken off, since `__init__` is not the only one that mypyc lets write it."""
    if not isinstance(node.target, ast.Name):
        raise TypeError(f"line {node.lineno}: a field has a name")
    if isinstance(node.annotation, ast.Subscript) and _name(node.annotation) == "Final":
        node.annotation = node.annotation.slice
    if _name(node.annotation) == "ClassVar":
        raise TypeError(f"line {node.lineno}: a ClassVar is no field")
    name, kind = node.target.id, ast.unparse(node.annotation)
    if node.value is None:
        return _Field(name, f"{name}: {kind}", name)
    if _name(node.value) != "field":
        return _Field(name, f"{name}: {kind} = {ast.unparse(node.value)}", name)
    made = _made(node.value)
    return _Field(name, f"{name}: {kind} | None = None", f"{made} if {name} is None else {name}")


def _made(call: ast.expr) -> str:
    """Return what makes the value of a field that was not given."""
    keywords = call.keywords if isinstance(call, ast.Call) else []
    factory = next((one.value for one in keywords if one.arg == "default_factory"), None)
    if factory is None or len(keywords) > 1:
        raise TypeError(f"line {call.lineno}: a field() takes a default_factory here, and nothing else")
    return ast.unparse(factory.body) if isinstance(factory, ast.Lambda) else f"{ast.unparse(factory)}()"


def _methods(name: str, fields: list[_Field], has: set[str], *, by_name: bool, hashed: bool) -> Iterable[ast.stmt]:
    star = ["*"] if by_name and fields else []
    arguments = ", ".join(["self", *star, *(one.argument for one in fields)])
    kept = "".join(f"\n    self.{one.name} = {one.kept}" for one in fields) or "\n    pass"
    mine = "".join(f"self.{one.name}, " for one in fields)
    written = {"__init__": f"def __init__({arguments}) -> None:{kept}"}
    written["__eq__"] = (
        "def __eq__(self, other: object) -> bool:\n"
        f"    if not isinstance(other, {name}):\n        return NotImplemented\n"
        f"    return ({mine}) == ({mine.replace('self.', 'other.')})"
    )
    if hashed:
        written["__hash__"] = f"def __hash__(self) -> int:\n    return hash(({mine}))"
    for method, source in written.items():
        if method not in has:
            yield ast.parse(source).body[0]


def _write_out_lazies(node: ast.ClassDef) -> bool:
    lazies = [
        one
        for one in node.body
        if isinstance(one, ast.FunctionDef) and any(_name(decorator) == "lazy" for decorator in one.decorator_list)
    ]
    for one in lazies:
        name, kind = one.name, ast.unparse(one.returns) if one.returns is not None else "object"
        written = f"""
_has_{name}: bool = False
_kept_{name}: {kind}
@property
def {name}(self) -> {kind}:
    if not self._has_{name}:
        self._kept_{name} = self._find_{name}()
        self._has_{name} = True
    return self._kept_{name}
"""
        one.name, one.decorator_list = f"_find_{name}", []
        node.body += ast.parse(written).body
    return bool(lazies)


def _name(node: ast.expr) -> str | None:
    """Return the name that a decorator, a call or a subscript begins with."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return node.id if isinstance(node, ast.Name) else None


def _is_by_name(decorator: ast.expr) -> bool:
    """Return whether fields are given by name alone."""
    if _name(decorator) == "value":
        return True
    return isinstance(decorator, ast.Call) and any(one.arg == "kw_only" for one in decorator.keywords)


def _expression(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body
