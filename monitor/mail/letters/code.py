"""What Jinja makes of a template: of a shipped one as little as can be, of a user's all that guards against it."""

from __future__ import annotations

from types import CodeType

from jinja2 import nodes
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.compiler import CodeGenerator, Frame, MacroRef, optimizeconst


class ShippedCode(CodeGenerator):
    """For the project's own templates: attributes, items and calls are Python's own.

    Values printed go through `environment.printed` alone, which does what `finalize` and escaping did one by one; where a
    template switches escaping on or off for a part, Jinja's own way is kept.
    """

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if self._as_ever(frame):
            self.write("environment.printed(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if self._as_ever(frame):
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)

    @optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """`a.b`; the blocks of `self` are items, which Jinja asks for as attributes."""
        if isinstance(node.node, nodes.Name) and node.node.name == "self":
            super().visit_Getattr(node, frame)
        else:
            self.visit(node.node, frame)
            self.write(f".{node.attr}")

    @optimizeconst
    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        """`a[0]`; an item by name may be missing, which Jinja makes undefined."""
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
            self.visit(node.node, frame)
            self.write(f"[{node.arg.value}]")
        else:
            super().visit_Getitem(node, frame)

    @optimizeconst
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """`a(…)`, without the context that Jinja brings: no function of letters asks for it."""
        if node.dyn_args or node.dyn_kwargs or forward_caller:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """A macro that takes just what it names is called as a function is."""
        plain = not (macro_ref.accesses_kwargs or macro_ref.accesses_varargs or macro_ref.accesses_caller)
        self.write("environment.plain_macro(" if plain else "(")
        super().macro_def(macro_ref, frame)
        self.write(")")

    def _as_ever(self, frame: Frame) -> bool:
        """Escaping here is as it is for the whole part of the letter."""
        return not frame.eval_ctx.volatile and frame.eval_ctx.autoescape == self.environment.autoescape


class OwnCode(CodeGenerator):
    """For templates of a user: nothing is worked out before it is rendered. `9 ** (9 ** 9)` would have no line then."""

    def _output_child_to_const(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> str:  # fmt: skip
        if isinstance(node, nodes.TemplateData):
            return super()._output_child_to_const(node, frame, finalize)
        raise nodes.Impossible


class Compiled(BytecodeCache):
    """Templates compiled once for all environments that differ only in what they are given: languages and letters."""

    def __init__(self) -> None:
        self._code: dict[str, CodeType | None] = {}  # name and file of a template, as Jinja says it → its code

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja asks for a template's code."""
        bucket.code = self._code.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Jinja has made it."""
        self._code[bucket.key] = bucket.code
