"""Run by the app as one of its own modules: what such a process inherits, as JSON."""

import json
import os

if __name__ == "__main__":
    print(json.dumps(dict(os.environ)))
