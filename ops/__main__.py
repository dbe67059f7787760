"""`credit-ledger VERB` = `python -m ops VERB`."""

from ops.cli import run_verb as main

if __name__ == "__main__":
    main()
