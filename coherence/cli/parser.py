"""Arguments: one parser, to which each sub-command adds itself."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import Any, NoReturn

MEANT = {"cores": "caches", "caches": "cores", "size": "ways"}  # a word → the flag, where a command has only that


def _near(word: str, flags: list[str]) -> list[str]:
    """The flag that *word* may mean."""
    return [MEANT[word]] if MEANT.get(word) in flags else get_close_matches(word, flags, n=1)


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line that ends with where to look."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what is left over here, where the sub-command and its flags are known."""
        found, left = super().parse_known_args(args, namespace)
        if left:
            words = [word[2:].split("=")[0] for word in left if word.startswith("--")]
            flags = [flag[2:] for action in self._actions for flag in action.option_strings if flag.startswith("--")]
            near = [near for word in words for near in _near(word, flags)]
            hint = f"; did you mean --{' and --'.join(near)}?" if near else ""
            self.error(f"unrecognized arguments: {' '.join(left)}{hint}")
        return found, left

    def group(self, title: str) -> argparse._ArgumentGroup:
        """The group of flags of that title in the help page, made when it is first asked for."""
        found = next((group for group in self._action_groups if group.title == title), None)
        return found or self.add_argument_group(title)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def add_command(commands: argparse._SubParsersAction[Parser], name: str, about: str, example: str) -> Parser:
    """A sub-command's parser, with an example that works."""
    return commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"example: {example}",
        allow_abbrev=False,
    )
