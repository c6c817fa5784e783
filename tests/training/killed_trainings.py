"""Train with each ingredient of a recipe, killed between two epochs and begun again.

    python killed_trainings.py FOLDER MODEL

Prints the name of each ingredient whose numbers are not those of a training that nobody killed.
"""

import os
import pickle
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from made_workload import made_round, made_workload
from test_checkpoint import DIGITS, GROUPED, INGREDIENTS, MODELS, without_seconds

from bakeoff.data.tasks import DigitPairs
from bakeoff.training.checkpoint import Checkpoint
from bakeoff.training.loop import train
from bakeoff.training.optimizers import AdamW

KILLED_AFTER = 2


def in_a_process_of_its_own(work):
    """Run some work in a child; return its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Waiting(Checkpoint):
    """It tells of the state that is to be the last, and waits."""

    def __init__(self, *given, told, **fields):
        super().__init__(*given, **fields)
        self.told = told

    def save(self, net, optimizer, progress):
        super().save(net, optimizer, progress)
        if progress.epoch == KILLED_AFTER:
            os.write(self.told, b"x")
            time.sleep(600)


def killed(workload, file, key):
    """Train until a state is kept, and kill the process from outside."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        train(workload, seed=3, checkpoint=Waiting(file, key=key, patience=0.0, told=tells))
        os._exit(0)
    os.close(tells)
    assert os.read(told, 1) == b"x"
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    os.close(told)


def is_the_same(workload, folder, key):
    """Whether a training that is killed and begun again ends as one that is not."""
    file = folder / "key.safetensors"

    def told(where, checkpoint=None):
        history = train(workload, seed=3, checkpoint=checkpoint)
        (folder / where).write_bytes(pickle.dumps(without_seconds(history)))

    killed(workload, file, key)
    assert file.exists()
    resumed = Checkpoint(file, key=key, patience=0.0)
    assert in_a_process_of_its_own(lambda: told("again", resumed)) == 0
    assert in_a_process_of_its_own(lambda: told("whole")) == 0
    one, other = (pickle.loads((folder / each).read_bytes()) for each in ("again", "whole"))
    return one == other


def main(folder, model):
    torch.set_num_threads(1)
    data = made_round()
    for name, given in INGREDIENTS.items():
        # It must not end before it is killed.
        stopping = given.stopping and given.stopping.replace(epochs=3)
        workload = replace(
            made_workload(data),
            model=MODELS[model],
            objective=DIGITS,
            recipe=given.replace(stopping=stopping),
            optimizer=GROUPED if name in {"phase", "clip"} else AdamW(lr=1e-2),
            images=2,
            swap=DigitPairs().swapped,
        )
        if not is_the_same(workload, folder, key=name):
            print(name)
    print("all tried")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
