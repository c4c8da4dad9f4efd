"""Excel workbooks: one sheet, with or without a header; read by calamine."""

import io
from datetime import date, time, timedelta
from typing import Any

from promptmix.core.errors import DataError
from promptmix.corpora.base import FileRecord, Table, first_few, written
from promptmix.corpora.settings import FILE, DataSettings


def read_xlsx(name: str, data: bytes, settings: DataSettings) -> Table:
    """Read the rows of the only visible sheet that has any, or of the one that dataset.yaml names.

    A place is a row's number.

    Raises:
        DataError: the file is no workbook, or it is not clear which sheet is meant.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = _names(workbook, settings.sheet)
        sheets = {each: workbook.get_sheet_by_name(each).to_python(skip_empty_area=False) for each in names}
    except CalamineError as error:
        raise DataError(f"{name}: not an Excel workbook that can be read ({error}); save it as .xlsx or .csv") from None
    rows = _chosen(name, {each: rows for each, rows in sheets.items() if rows}, settings.sheet)
    values = ((number, [_value(cell) for cell in row]) for number, row in enumerate(rows, start=1))
    records = [FileRecord(f"{name}:{number}", row) for number, row in values if any(row)]
    return Table(name, None, records, nothing="empty, an error, merged, or a formula that was never computed")


def _names(workbook: Any, wanted: str | None) -> list[str]:
    """Return the names of the sheets that have cells and are not hidden, or are wanted all the same."""
    sheets = [each for each in workbook.sheets_metadata if str(each.typ).endswith("WorkSheet")]
    return [each.name for each in sheets if str(each.visible).endswith(".Visible") or each.name == wanted]


def _chosen(name: str, sheets: dict[str, list[list[Any]]], wanted: str | None) -> list[list[Any]]:
    if wanted in sheets:
        return sheets[wanted]
    if wanted is None and len(sheets) < 2:
        return next(iter(sheets.values()), [])
    asked = f"no sheet {wanted!r}" if wanted else "several sheets"
    first = next(iter(sheets), "NAME")
    raise DataError(f"{name}: {asked}, found {first_few(list(sheets))}; say which in {FILE}: `sheet: {first}`")


def _value(cell: Any) -> Any:
    """Return the value of a cell without its number format, so 7 where 0007 is shown.

    A whole number has no fraction, a date is as in ISO 8601, nothing is None.
    """
    if cell == "":
        return None
    if isinstance(cell, float):
        return written(cell)
    return str(cell) if isinstance(cell, date | time | timedelta) else cell


READ = read_xlsx
