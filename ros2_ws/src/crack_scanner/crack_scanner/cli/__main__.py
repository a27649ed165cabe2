"""`python -m crack_scanner.cli VERB ...`."""

import sys

from crack_scanner.cli.main import main

sys.exit(main())
