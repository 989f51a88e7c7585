from __future__ import annotations

import pytest

from interlock.codegen.formatters import format_python
from interlock.core.errors import GenerationError


def test_unused_imports_go_and_the_rest_is_formatted() -> None:
    text = "import re\nimport os\n\n__all__ = ['b', 'a']\nx   =  os.sep\n"
    assert format_python({"p/m.py": text}) == {
        "p/m.py": 'import os\n\n__all__ = ["a", "b"]\nx = os.sep\n'
    }


def test_text_that_is_not_python() -> None:
    with pytest.raises(GenerationError, match="the formatter refuses the text"):
        format_python({"m.py": "def ("})
