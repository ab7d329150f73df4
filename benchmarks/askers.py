"""Viewers who ask for a page again as soon as they have it, in a process of their own.

Run as `python -m benchmarks.askers URL NUMBER`. Prints a line when each has had five answers; for each line on its
input it prints how many answers there were so far.
"""

from __future__ import annotations

import sys
import threading
import time
import urllib.request

WARM = 5


def ask_for_ever(url: str, answers: list[int], number: int) -> None:
    """Ask, take the answer, ask again."""
    while True:
        with urllib.request.urlopen(url) as response:
            response.read()
        answers[number] += 1


def main(url: str, number: int) -> None:
    """Ask until the input ends."""
    answers = [0] * number
    for one in range(number):
        threading.Thread(target=ask_for_ever, args=(url, answers, one), daemon=True).start()
    while min(answers) < WARM:
        time.sleep(0.05)
    print("warm", flush=True)
    for _ in sys.stdin:
        print(sum(answers), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
