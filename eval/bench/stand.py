"""What the benchmarks of load stand on: which cores, what is asked and answered, data folders, and the model."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from eval.bench.fake_model import TOKEN_CHARS
from eval.bench.processes import data_folders, running
from eval.bench.turns import faq_answers, lengthened, write_answers

PACE = 20.0
_SENTENCE = re.compile(r"[^。！？]+[。！？]?")
_LEAST_CHARS = 16
# Rounds of openings after which a long text repeats itself.
ROUNDS = 256
# In front of a question: no two are alike, and all mean nothing.
_OPENINGS = ("请问", "您好，", "你好，请问", "想问一下，", "想了解一下，", "麻烦问下，", "咨询一下，", "劳驾，")


@dataclass(frozen=True, slots=True)
class Stand:
    """cores: what is measured alone has the first, everything else the last. asked: the questions that the model has an
    answer to. data: folders with the sample corpus in force."""

    cores: Sequence[int]
    asked: Sequence[str]
    data: Sequence[Path]
    answers: Path

    @contextmanager
    def model(self, tokens: int) -> Iterator[tuple[str, int]]:
        """A model server on the last core that says so many tokens, PACE a second: its address and process id."""
        told = ["--answers", str(self.answers), "--pace", str(PACE), "--tokens", str(tokens)]
        with running("eval.bench.paced_model", told, "/v1/models", {}, core=self.cores[-1]) as model:
            yield model

    def keep_off(self) -> None:
        """This process moves to the last core, and so whatever it starts without naming another."""
        os.sched_setaffinity(0, {self.cores[-1]})

    def share(self) -> None:
        """This process may use all the cores."""
        os.sched_setaffinity(0, set(self.cores))


@contextmanager
def stand(folders: int, rounds: int = ROUNDS) -> Iterator[Stand]:
    """rounds: in how many ways the model says each answer."""
    answers = texts(rounds)
    cores = sorted(os.sched_getaffinity(0))[:2]
    with tempfile.TemporaryDirectory() as folder, data_folders(folders) as data:
        file = write_answers(Path(folder) / "answers.json", answers)
        yield Stand(cores, list(answers), data, file)


def texts(rounds: int) -> dict[str, str]:
    """Answers of whole sentences, long enough that a sentence takes longer than a glance, each said in many ways."""
    answers = faq_answers()
    kept = {
        question: answer
        for question, answer in answers.items()
        if min(map(len, _SENTENCE.findall(answer))) >= _LEAST_CHARS
    }
    return {q: lengthened({q: a}, rounds * len(a) // TOKEN_CHARS)[q] for q, a in kept.items()}


class Wordings:
    """Questions in words of their own."""

    def __init__(self, questions: Sequence[str]) -> None:
        self._questions, self._number = questions, count()

    def next(self) -> str:
        """In words that nobody has used."""
        return self.numbered(next(self._number))

    def numbered(self, number: int) -> str:
        """The number's own wording."""
        again, at = divmod(number, len(self._questions))
        opening = ""
        while again:
            again, last = divmod(again - 1, len(_OPENINGS))
            opening = _OPENINGS[last] + opening
        return opening + self._questions[at]
