"""The table says what was measured, and no more."""

from crack_scanner.benchmark.figures import Run, latency, speed
from crack_scanner.benchmark.report import markdown


def test_a_row_for_each_kind_that_was_measured() -> None:
    row = speed([Run(1000, 1.0, 2.0, 10, 0)])
    measured = row | {"latency_by_rate": {"10_hz": latency(Run(1, 1.0, 1.0, 1, 0, (12.0,)))}}
    text = markdown(
        {
            "size": "1080p",
            "tiles_per_frame": 45,
            "model": "m.tflite",
            "input_sha256": "abc",
            "host": {"cores": 2, "cpu": "a CPU", "load_1_min": 0.1, "python": "3.11"},
            "versions": {"numpy": "2"},
            "bare": row,
            "scanner": measured,
            "article_network": {"skipped": "no TensorFlow"},
            "scaling": {
                "1080p": {"cpu_ms_per_frame": 20.0, "cpu_ms_per_megapixel": 10.0, "peak_rss_mb": 200}
            },
        }
    )
    assert "| bare network | 1,000 | 1,000 to 1,000 | 500 | 2.00 |" in text
    assert "| scanner, one process | 10 Hz | 12 ms | 12 ms | 12 ms | 0.0 % |" in text
    assert "article" not in text
    assert "SAHI" not in text
