"""What the folder of a data set may be called."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

RULE = "the name of a folder is letters a to z, digits and _, and one such as 2024 stands in quotes; rename the folder"


def _folder_name(name: Any) -> Any:
    if not isinstance(name, str) or not re.fullmatch("[A-Za-z0-9_]+", name):
        raise ValueError(RULE)
    return name


FolderName = Annotated[str, BeforeValidator(_folder_name)]
"""A name that is valid in a file name, a command, and a DVC stage name, where ``-`` joins the parts."""
