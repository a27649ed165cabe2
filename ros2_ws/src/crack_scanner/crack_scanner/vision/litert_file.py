"""LiteRT model files taken apart into objects, and put together again."""

from typing import Any

from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder

FILE_IDENTIFIER = b"TFL3"
_OPERATOR_NAMES: dict[int, str] = {
    code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
}


def unpacked(model: bytes) -> Any:
    """The file's content as objects; `packed` makes a file of it again."""
    return schema.ModelT.InitFromPackedBuf(model, 0)


def packed(content: Any) -> bytes:
    """The file of a content that `unpacked` gave."""
    builder = Builder(1 << 20)
    builder.Finish(content.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def operator_name(content: Any, operator: Any) -> str:
    """What an operator does, as the schema calls it: CONV_2D, LOGISTIC ..."""
    code = content.operatorCodes[operator.opcodeIndex]
    return _OPERATOR_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
