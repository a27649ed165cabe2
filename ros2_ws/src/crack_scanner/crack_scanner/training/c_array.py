"""A model as C source, for machines without files."""

BYTES_A_LINE = 16


def c_source(name: str, content: bytes) -> tuple[str, str]:
    """Header and source that hold a model as an aligned constant array."""
    guard = f"{name.upper()}_H"
    header = (
        f"/* The tile classifier {name} for TensorFlow Lite Micro: int8 in and out. */\n"
        f"#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n\n"
        f"extern const unsigned char {name}[];\nextern const size_t {name}_size;\n\n#endif\n"
    )
    lines = [
        "    " + ", ".join(f"0x{byte:02x}" for byte in content[start : start + BYTES_A_LINE]) + ","
        for start in range(0, len(content), BYTES_A_LINE)
    ]
    source = (
        f'#include "{name}.h"\n\n/* TensorFlow Lite Micro reads it in place and wants it aligned. */\n'
        f"const unsigned char {name}[] __attribute__((aligned(16))) = {{\n"
        + "\n".join(lines)
        + f"\n}};\nconst size_t {name}_size = sizeof({name});\n"
    )
    return header, source
