"""Exit codes and output of the command line's front door, with a verb made for the test."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from argparse import Namespace
from types import ModuleType
from typing import Any

import pytest

from crack_scanner.cli import main as front
from crack_scanner.errors import CrackScannerError


def a_verb(run: Any) -> ModuleType:
    verb = ModuleType("verb_of_the_test")
    verb.HELP = "does what the test needs"
    verb.add_arguments = lambda parser: parser.add_argument("--depth", type=int, default=3)
    verb.run = run
    return verb


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call it with a `run` function: the command line then knows the verb `probe`."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def install(run: Any) -> None:
        monkeypatch.setitem(sys.modules, "verb_of_the_test", a_verb(run))
        monkeypatch.setattr(front, "VERBS", {"probe": "verb_of_the_test"})

    yield install
    for number, handler in handlers.items():
        signal.signal(number, handler)


def raising(error: BaseException) -> Any:
    def run(_args: Namespace) -> int:
        raise error

    return run


def test_a_result_is_exit_0(verb: Any) -> None:
    verb(lambda args: {"depth": args.depth})
    assert front.main(["probe"]) == 0


def test_a_returned_number_is_the_exit_code(verb: Any) -> None:
    verb(lambda args: args.depth)
    assert front.main(["probe", "--depth", "1"]) == 1


def test_json_is_one_object_on_standard_output(verb: Any, capfd: pytest.CaptureFixture[str]) -> None:
    def run(args: Namespace) -> dict[str, Any]:
        print("a library prints")
        args.output.say("for people")
        args.output.progress("half way")
        return {"depth": args.depth, "width": float("nan")}

    verb(run)
    assert front.main(["probe", "--json"]) == 0
    printed = capfd.readouterr()
    assert json.loads(printed.out) == {"depth": 3, "width": None}
    assert [word in printed.err for word in ("a library prints", "for people", "half way")] == [True] * 3


def test_text_mode_prints_no_json(verb: Any, capfd: pytest.CaptureFixture[str]) -> None:
    def run(args: Namespace) -> dict[str, Any]:
        args.output.say("for people")
        return {"depth": 3}

    verb(run)
    front.main(["probe"])
    assert capfd.readouterr().out == "for people\n"


def test_a_user_error_is_one_line_and_exit_1(verb: Any, capfd: pytest.CaptureFixture[str]) -> None:
    verb(raising(CrackScannerError("no camera 7:\n connected are 0 and 1")))
    assert front.main(["probe"]) == 1
    assert capfd.readouterr().err == "crack_scanner: error: no camera 7: connected are 0 and 1\n"


def test_a_bug_keeps_its_trace(verb: Any) -> None:
    verb(raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        front.main(["probe"])


def test_ctrl_c_is_130_without_a_trace(verb: Any, capfd: pytest.CaptureFixture[str]) -> None:
    verb(lambda args: signal.raise_signal(signal.SIGINT))
    assert front.main(["probe"]) == 130
    assert capfd.readouterr().err == ""


def test_sigterm_ends_like_ctrl_c(verb: Any) -> None:
    verb(lambda args: signal.raise_signal(signal.SIGTERM))
    assert front.main(["probe"]) == 130


@pytest.mark.parametrize(
    "arguments", [["probe", "--depth", "deep"], ["probe", "--unknown"], ["probe", "extra"]]
)
def test_wrong_options_are_exit_2(verb: Any, arguments: list[str]) -> None:
    verb(lambda args: 0)
    with pytest.raises(SystemExit) as ended:
        front.main(arguments)
    assert ended.value.code == 2


def test_options_are_not_abbreviated(verb: Any) -> None:
    verb(lambda args: 0)
    with pytest.raises(SystemExit):
        front.main(["probe", "--dep", "3"])


@pytest.mark.parametrize("arguments", [[], ["sing"], ["--json"]])
def test_an_unknown_verb_is_exit_2_and_names_the_known(
    verb: Any, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    verb(lambda args: 0)
    assert front.main(arguments) == 2
    assert "probe" in capfd.readouterr().err


def test_help_names_every_verb_and_its_purpose(capfd: pytest.CaptureFixture[str]) -> None:
    assert front.main(["--help"]) == 0
    printed = capfd.readouterr().out
    assert all(f"  {name} " in printed for name in front.VERBS)
    assert "0 done, 1 failed, 2 wrong usage, 130 stopped" in printed


@pytest.mark.parametrize("name", front.VERBS)
def test_each_verb_explains_itself(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crack_scanner.cli", name, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--json" in done.stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from crack_scanner.cli.main import main; main(['--help']);"
        "print([name for name in ('numpy', 'cv2', 'rclpy', 'sqlalchemy', 'keras') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_leaves_is_no_crash() -> None:
    code = (
        "import sys; from types import ModuleType; from crack_scanner.cli import main as front;"
        "verb = ModuleType('v'); verb.HELP = ''; verb.add_arguments = lambda parser: None;"
        "verb.run = lambda args: [args.output.say('x' * 1000) for _ in range(1000)] and 0;"
        "sys.modules['v'] = verb; front.VERBS = {'v': 'v'}; sys.exit(front.main(['v']))"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.read(10)
    writer.stdout.close()
    assert writer.stderr.read() == b""
    writer.stderr.close()
    assert writer.wait() == 1


def test_every_verb_of_the_table_follows_the_rules() -> None:
    for name, path in front.VERBS.items():
        module = __import__(path, fromlist=["HELP"])
        front.verb_parser(name, module)
        assert isinstance(module.HELP, str)
        assert callable(module.run)
