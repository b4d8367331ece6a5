"""files.py -- bytes in and out, with the errors of both."""

import os
import tempfile
from pathlib import Path

from lenet5 import Failure


def read_bytes(path):
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Failure(f"{path}: expected a weights file, found: {error.strerror}") from None


def write_atomically(path, data):
    """Under a temporary name in the same folder, then renamed: nobody sees half a file."""
    path, temporary = Path(path), None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)  # as a new file has it; a temporary one is its owner's alone
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise Failure(f"{path}: expected to write it, found: {error.strerror}", 5) from None
