"""A classifier as C and as an executable that needs neither Python nor a framework.

The C is written by emx-onnx-cgen, a maintained ONNX-to-C compiler; pictures are read by the stb_image.h that
comes with it. Both are put into the output folder, none of it is part of this package.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.vision.model_card import ModelCard

COMPILER_FLAGS = ("-std=c11", "-O3")
FUNCTION = "crack_probability"
HEADER = """/* The tile classifier {name}, float32. */
#ifndef CLASSIFIER_H
#define CLASSIFIER_H

#include <stdint.h>

#define TILE {tile}
#define THRESHOLD {threshold}f

/* tiles: uint8 RGB, row by row. probability: of a crack, 0 to 1. */
void {function}(const uint8_t tiles[restrict 1][TILE][TILE][3], float probability[restrict 1][1]);

#endif
"""


def write_sources(card: ModelCard, folder: Path) -> list[Path]:
    """Write the classifier's C sources with a main(); returns those to compile."""
    texts = {
        "classifier.c": _generated(card),
        "classifier.h": HEADER.format(
            name=card.name, tile=card.tile_size, threshold=f"{card.threshold:.7g}", function=FUNCTION
        ),
        "main.c": resources.files(__package__).joinpath("native_main.c").read_text(encoding="utf-8"),
        "stb_image.h": _picture_reader(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_atomically(folder / name, text.encode())
    return [folder / name for name in texts if name.endswith(".c")]


def compile_sources(sources: list[Path], executable: Path) -> bool:
    """Make the executable with the C compiler in CC, or cc; False where there is none."""
    compiler = find_compiler()
    if compiler is None:
        return False
    temporary = executable.with_suffix(".partial")
    words = [*compiler, *COMPILER_FLAGS, "-o", str(temporary), *map(str, sources), "-lm"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CrackScannerError(f"{shlex.join(words)} failed: {done.stderr.strip().splitlines()[-1:]}")
    temporary.replace(executable)
    return True


def find_compiler(look_up: Callable[[str], str | None] = shutil.which) -> list[str] | None:
    """The C compiler's words: those of CC if set, else cc, gcc or clang; None where none is found."""
    given = shlex.split(os.environ.get("CC", ""))
    for words in [given] if given else [["cc"], ["gcc"], ["clang"]]:
        if look_up(words[0]):
            return words
    return None


def _generated(card: ModelCard) -> str:
    try:
        from emx_onnx_cgen.compiler import Compiler, CompilerOptions

        from crack_scanner.training.onnx_graph import to_onnx
    except ImportError as error:
        raise CrackScannerError(
            "C code needs emx-onnx-cgen, which is not installed here: pip install emx-onnx-cgen"
        ) from error
    # The weights lie in the source: no file is read at run time.
    options = CompilerOptions(model_name=FUNCTION, large_weight_threshold=0)
    return str(Compiler(options).compile(to_onnx(card.path.read_bytes(), card.tile_size)))


def _picture_reader() -> str:
    return resources.files("emx_onnx_cgen").joinpath("third_party", "stb_image.h").read_text(encoding="utf-8")
