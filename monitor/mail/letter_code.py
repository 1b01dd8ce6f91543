"""What Jinja makes of a template, with less to do for each value printed: a mail prints a hundred, mostly ready text."""

from __future__ import annotations

from types import CodeType

from jinja2 import nodes
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.compiler import CodeGenerator, Frame, optimizeconst


class LetterCode(CodeGenerator):
    """Values printed go through `environment.printed` alone, which does what `finalize` and escaping did one by one.

    Where a template switches escaping on or off for a part, Jinja's own way is kept. Calls do not carry the variables of
    loops and blocks along: they are for functions that ask for the context, of which letters have none.
    """

    def _output_child_to_const(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> str:  # fmt: skip
        """Nothing is worked out before it is rendered: `9 ** 9 ** 9` would have no line then."""
        if isinstance(node, nodes.TemplateData):
            return super()._output_child_to_const(node, frame, finalize)
        raise nodes.Impossible

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
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """As Jinja writes a call in its sandbox, but for those variables."""
        self.write("environment.call(context, ")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")

    def _as_ever(self, frame: Frame) -> bool:
        """Escaping here is as it is for the whole part of the letter."""
        return not frame.eval_ctx.volatile and frame.eval_ctx.autoescape == self.environment.autoescape


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
