"""`python -m ops.local up|down|status|erase`: the local stack by hand, for make and for people."""

import argparse
import sys

from ops.local.process import LocalStackError
from ops.local.stack import Stack, current, default_home, down, erase, up


def main() -> int:
    """Do what the one argument says; 1 if it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m ops.local", description=__doc__)
    parser.add_argument("verb", choices=["up", "down", "status", "erase"])
    try:
        return _do(parser.parse_args().verb)
    except LocalStackError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _do(verb: str) -> int:
    home = default_home()
    match verb:
        case "up":
            _show(up(home))
        case "down":
            down(home)
        case "erase":
            erase(home)
        case _:
            running = current(home)
            if running is None:
                print("the local stack is not running: `make up` starts it")
                return 1
            _show(running)
    return 0


def _show(stack: Stack) -> None:
    print(f"CREDIT_LEDGER_KAFKA={stack.kafka}\nCREDIT_LEDGER_POSTGRES={stack.postgres}")


if __name__ == "__main__":
    raise SystemExit(main())
