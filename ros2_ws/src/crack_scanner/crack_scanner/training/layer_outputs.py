"""What the layers of a LiteRT model put out for tiles, in float32 or int8."""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from crack_scanner.vision.litert_file import unpacked

Tile = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def layer_outputs(
    model: bytes, tiles: Sequence[Tile], tensors: Sequence[int] | None = None
) -> Iterator[dict[int, Floats]]:
    """For each tile (S, S, 3) uint8 RGB the values (places, channels) of tensors, dequantized.

    model: takes pixels as float32, or as int8 less 128. tensors: every operator's output if not said.
    """
    with warnings.catch_warnings():
        # LiteRT warns of the memory that keeping every tensor costs; here they are what is wanted.
        warnings.simplefilter("ignore")
        interpreter = Interpreter(model_content=model, num_threads=1, experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    scales = {each["index"]: each["quantization"] for each in interpreter.get_tensor_details()}
    if tensors is None:
        tensors = [int(operator.outputs[0]) for operator in unpacked(model).subgraphs[0].operators]
    less = 128 if source["dtype"] is np.int8 else 0
    for tile in tiles:
        interpreter.set_tensor(source["index"], (tile[None].astype(np.int16) - less).astype(source["dtype"]))
        interpreter.invoke()
        found = {}
        for tensor in tensors:
            values = interpreter.get_tensor(tensor)
            values = values.reshape(-1, values.shape[-1]).astype(np.float32)
            scale, zero = scales[tensor]
            found[tensor] = (values - zero) * np.float32(scale) if scale else values
        yield found
