"""``python -m promptmix``: the command `promptmix`, with the code of the current folder."""

from promptmix.cli.app import main

if __name__ == "__main__":
    main()
