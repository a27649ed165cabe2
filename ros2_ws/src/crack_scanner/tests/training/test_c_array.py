"""A model as C source."""

from crack_scanner.training.c_array import c_source


def test_the_c_source_holds_every_byte() -> None:
    content = bytes(range(256)) * 2 + b"\x07"
    header, source = c_source("net_int8", content)
    body = source[source.index("{") + 1 : source.index("}")]
    assert bytes(int(word, 16) for word in body.split(",") if word.strip()) == content
    assert "net_int8_size" in header
    assert "aligned(16)" in source
