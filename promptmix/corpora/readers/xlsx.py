"""Excel workbooks: one sheet, with or without a header; read by calamine."""

import io
from datetime import date, time, timedelta
from typing import Any

from promptmix.core.errors import DataError
from promptmix.corpora.base import FileRecord, Table, first_few, written
from promptmix.corpora.settings import FILE, DataSettings


def read_xlsx(name: str, data: bytes, settings: DataSettings) -> Table:
    """Read the rows of the only sheet that has any, or of the one that dataset.yaml names; a place is a row's number.

    Raises:
        DataError: the file is no workbook, or it is not clear which sheet is meant.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = {each: workbook.get_sheet_by_name(each).to_python(skip_empty_area=False) for each in _names(workbook)}
    except CalamineError as error:
        raise DataError(f"{name}: not an Excel workbook that can be read ({error}); save it as .xlsx or .csv") from None
    rows = _chosen(name, {each: rows for each, rows in sheets.items() if rows}, settings.sheet)
    values = ((number, [_value(cell) for cell in row]) for number, row in enumerate(rows, start=1))
    return Table(name, None, [FileRecord(f"{name}:{number}", row) for number, row in values if any(row)])


def _names(workbook: Any) -> list[str]:
    return [each.name for each in workbook.sheets_metadata if str(each.typ).endswith("WorkSheet")]


def _chosen(name: str, sheets: dict[str, list[list[Any]]], wanted: str | None) -> list[list[Any]]:
    if wanted in sheets:
        return sheets[wanted]
    if wanted is None and len(sheets) < 2:
        return next(iter(sheets.values()), [])
    asked = f"no sheet {wanted!r}" if wanted else "several sheets"
    first = next(iter(sheets), "NAME")
    raise DataError(f"{name}: {asked}, found {first_few(list(sheets))}; say which in {FILE}: `sheet: {first}`")


def _value(cell: Any) -> Any:
    """Return a cell as it is shown: a whole number without a fraction, a date as in ISO 8601, nothing as None."""
    if cell == "":
        return None
    if isinstance(cell, float):
        return written(cell)
    return str(cell) if isinstance(cell, date | time | timedelta) else cell


READ = read_xlsx
