"""`python -m safecode`"""

import sys

from .command import main

sys.exit(main())
