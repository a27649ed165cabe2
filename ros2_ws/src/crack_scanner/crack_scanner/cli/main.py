"""The command line's front door: finds the verb, runs it, turns the outcome into an exit code.

A verb is a module named in `VERBS`. It provides

    HELP: str                                   one line, shown by `crack_scanner --help`
    add_arguments(parser: ArgumentParser)       its own arguments; `--json` is added for it here
    run(args: Namespace) -> int | dict          does the work

and follows these rules:

- Only cheap imports at module level (argparse, pathlib, errors). numpy, OpenCV, rclpy and the like are
  imported inside `run`, so that `--help` and a wrong option answer at once.
- `args.output` (an `Output`, see cli/output.py) carries text to the user: `args.output.say(...)` for results,
  `args.output.progress(...)` for a line that keeps changing. With `--json` both keep standard output clean.
- A returned dict is the verb's result: with `--json` it is printed as the one JSON object on standard output,
  without it nothing is printed (the verb has said what a person wants to read). It means exit 0.
- A returned int is the exit code. A verb that fails and still has a result to show calls
  `args.output.result(dict)` and returns 1.
- `raise CrackScannerError("one clear line")` for what the user can cure: printed on standard error, exit 1.
- Ctrl-C arrives as KeyboardInterrupt (SIGTERM too). A verb that has work to save catches it, saves and
  returns normally; otherwise the exit code is 130, without a trace.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType, ModuleType

from crack_scanner.cli.output import Output
from crack_scanner.errors import CrackScannerError

VERBS = {
    "scan": "crack_scanner.cli.scan",
    "replay": "crack_scanner.cli.replay",
    "batch": "crack_scanner.cli.batch",
    "scenario": "crack_scanner.cli.scenario",
    "inspect": "crack_scanner.cli.inspect",
    "review": "crack_scanner.cli.review",
    "export": "crack_scanner.cli.export",
    "compare": "crack_scanner.cli.compare",
    "train": "crack_scanner.cli.train",
    "evaluate": "crack_scanner.cli.evaluate",
    "embed": "crack_scanner.cli.embed",
    "benchmark": "crack_scanner.cli.benchmark",
    "doctor": "crack_scanner.cli.doctor",
}

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the process's exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] not in VERBS:
        return _answer_without_verb(arguments)
    verb = importlib.import_module(VERBS[arguments[0]])
    args = verb_parser(arguments[0], verb).parse_args(arguments[1:])
    with Output(json_mode=args.json) as output:
        args.output = output
        return _run(verb, args)


def verb_parser(name: str, verb: ModuleType) -> argparse.ArgumentParser:
    """The parser of one verb, with the arguments every verb has."""
    parser = argparse.ArgumentParser(prog=f"crack_scanner {name}", description=verb.HELP, allow_abbrev=False)
    verb.add_arguments(parser)
    parser.add_argument(
        "--json", action="store_true", help="one JSON object on standard output, logs on standard error"
    )
    return parser


def _run(verb: ModuleType, args: argparse.Namespace) -> int:
    _make_signals_raise()
    try:
        outcome = verb.run(args)
        if isinstance(outcome, int):
            return outcome
        args.output.result(outcome)
        return 0
    except CrackScannerError as error:
        return _fail(args.output, str(error))
    except KeyboardInterrupt:
        args.output.close()
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left (`| head`): nothing more to say, and the flush at exit must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def _fail(output: Output, message: str) -> int:
    output.close()
    line = " ".join(message.split())
    print(f"crack_scanner: error: {line}", file=sys.stderr)
    return EXIT_FAILED


def _make_signals_raise() -> None:
    """SIGINT and SIGTERM raise KeyboardInterrupt, also where a script started us with SIGINT ignored."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)


def _answer_without_verb(arguments: list[str]) -> int:
    if arguments and arguments[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    problem = f"unknown verb {arguments[0]!r}" if arguments else "which verb?"
    print(f"crack_scanner: {problem}; one of: {', '.join(VERBS)} (crack_scanner --help)", file=sys.stderr)
    return EXIT_USAGE


def _overview() -> str:
    width = max(map(len, VERBS))
    rows = [f"  {name:<{width}}  {importlib.import_module(path).HELP}" for name, path in VERBS.items()]
    return "\n".join(
        [
            "usage: crack_scanner VERB [--json] ...",
            "",
            "Finds cracks in concrete from a robot's camera and maps them.",
            "",
            *rows,
            "",
            "crack_scanner VERB --help explains a verb. Exit: 0 done, 1 failed, 2 wrong usage, 130 stopped.",
        ]
    )
