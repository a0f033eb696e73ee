"""What the rivals share: lines of JSON in, {"command": ..., arguments}; lines of JSON out."""

import importlib
import json
import sys
import time


def say(reply):
    print(json.dumps(reply), flush=True)


def load(*names):
    """The modules of these names, or an end with the reason why not."""
    try:
        return [importlib.import_module(name) for name in names]
    except Exception as error:
        say({"missing": str(error)})
        sys.exit()


def timed(call, repeats):
    """Milliseconds of one call, the mean of `repeats` in a row."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return 1e3 * (time.perf_counter() - start) / repeats


def serve(versions, commands):
    """Answers until the input ends. An error is an answer as well."""
    say({"versions": versions})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say(commands[request.pop("command")](**request) or {})
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})
