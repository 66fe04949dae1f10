"""Python with the packages for data, plots and mathematics (requirements.in)."""

from dataclasses import replace

from ...limits import MiB
from ..python import LANGUAGE as PYTHON

LANGUAGE = replace(
    PYTHON,
    slug="python-data",
    label="Python (data)",
    extends="python",
    wheels_for="3.13",
    environment=(
        # One thread for each of the machine's processors would use up the limit of processes.
        ("OPENBLAS_NUM_THREADS", "1"),
        ("OMP_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
        ("NUMEXPR_NUM_THREADS", "1"),
        ("MPLBACKEND", "module://sandbox_figures"),
    ),
    memory_bytes=256 * MiB,  # numpy and pandas take 45, a plot 80, scikit-learn 120
    wall_seconds=15,
    boot_seconds=60,  # on a crowded machine the imports take ten
    waiting_bytes=56 * MiB,
    idle_share=0.5,  # a waiting sandbox takes six times the memory of Python's
    least_memory_bytes=96 * MiB,  # Hello World takes 46 MiB
    note="With numpy, pandas and more. plt.show() makes pictures if the run gives back its files.",
)
