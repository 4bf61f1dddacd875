"""compile, fit, evaluate, predict: training as in the lecture's demo.

plan.py         what compile chose, and the history that fit returns
loop.py         fit: epochs and batches
step.py         one step, plainly or compiled
evaluation.py   evaluate and predict
examples.py     the data: examples, weights, batches, orders
arguments.py    numbers, checked
interrupts.py   Ctrl-C between steps
"""

from .evaluation import evaluate, predict
from .loop import fit
from .plan import History, Plan
from .step import program

__all__ = ["History", "Plan", "evaluate", "fit", "predict", "program"]
