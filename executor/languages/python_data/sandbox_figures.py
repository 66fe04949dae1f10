"""matplotlib's backend in a sandbox: show() keeps the open figures as files, figure-1.png and so on."""

import os
import sys
from typing import Any

from matplotlib._pylab_helpers import Gcf  # type: ignore[import-not-found]
from matplotlib.backend_bases import FigureManagerBase  # type: ignore[import-not-found]
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import-not-found]

HOW = (
    "plt.show() has nowhere to show a figure: let the run give back its files (tick that, or send"
    ' "outputs": true), and each figure is one of them.'
)
_shown = 0


class FigureManager(FigureManagerBase):  # type: ignore[misc]
    """Saves instead of showing."""

    @classmethod
    def pyplot_show(cls, *, block: Any = None) -> None:
        """Save and close all open figures; without a folder to save them in, say how to get one."""
        global _shown
        managers = Gcf.get_all_fig_managers()
        if managers and not os.access(".", os.W_OK):
            sys.stderr.write(f"{HOW}\n")
            managers = []
        for manager in managers:
            _shown += 1
            manager.canvas.figure.savefig(f"figure-{_shown}.png")
        Gcf.destroy_all()


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]
    """Draws as usual."""

    manager_class = FigureManager
