"""Why a file is not read. Why a cell is not taken: `cells`."""

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NotASpreadsheet(Refusal):
    """Neither a workbook nor a table of text."""

    says = Words(
        "无法读取这个文件；请上传 .xlsx 工作簿或 .csv 表格。",
        "This file cannot be read; bring an .xlsx workbook or a .csv table.",
    )


class FormatNotRead(NotASpreadsheet):
    """A workbook of a format not read here."""

    says = Words(
        "这是{sort}，这里不读取；请在 Excel 或 WPS 中另存为“Excel 工作簿 (.xlsx)”。",
        'This is {sort}, which is not read here; in Excel or WPS, save it as "Excel workbook (.xlsx)".',
    )


class UnclearEncoding(NotASpreadsheet):
    """Text that is well-formed in two encodings, with another meaning in each."""

    says = Words(
        "无法判断文件的编码（GBK 与 UTF-8 都说得通，文字却不同）；请在 Excel 中另存为“CSV UTF-8”。",
        "It cannot be told how the text is encoded: it reads as GBK and as UTF-8, as different words. "
        'In Excel, save it as "CSV UTF-8".',
    )


class BrokenText(NotASpreadsheet):
    """Text with quotation marks that do not pair, so that rows would run into one."""

    says = Words(
        "第 {row} 行附近的引号不成对，无法分出各格；请在 Excel 中打开、核对后另存。",
        "The quotation marks near row {row} do not pair, so the cells cannot be told apart; open the "
        "file in Excel, look at it and save it anew.",
    )


class HeadingsMissing(Refusal):
    """No row names the columns."""

    says = Words(
        "前 10 行中没有找到标题行；缺少的列：{missing}。请使用模板。",
        "None of the first 10 rows names the columns; missing: {missing}. Use the template.",
    )


class HeadingTwice(Refusal):
    """Two columns with one meaning: one of them would be lost."""

    says = Words(
        "{first} 与 {second} 两列的标题都表示“{title}”；请只留一列。",
        'The columns {first} and {second} both mean "{title}"; keep one of them.',
    )


class SeveralSheets(Refusal):
    """Rows on more than one sheet, whose numbers would be the same."""

    says = Words(
        "这些工作表都有数据：{sheets}；请合并到一张表，或分成几个文件。",
        "Several sheets have rows: {sheets}; put them on one sheet, or each into a file of its own.",
    )


class WorkbookTooPacked(Refusal):
    """A small file whose parts are made to fill the memory."""

    says = Words(
        "工作簿的一个部分只有 {packed} KB，解开却有 {size} MB，不像表格；请用表格软件另存后再试。",
        "A part of the workbook is {packed} KB and unpacks to {size} MB, which no table does; save it again "
        "with a spreadsheet program.",
    )


class RowTooWide(NotASpreadsheet):
    """A line with more cells than a spreadsheet has columns."""

    says = Words(
        "文件的一行有 {found} 列；最多读取 {most} 列。",
        "A line of the file has {found} columns; at most {most} are read.",
    )


class FileHasTooManyColumns(Refusal):
    """A value so far to the right that every row would have thousands of cells."""

    says = Words(
        "工作表“{sheet}”的 {column} 列还有内容；只读取到 {last} 列，请删去其右的内容。",
        'The sheet "{sheet}" has something in column {column}; columns are read up to {last}: take out what '
        "stands to the right of it.",
    )


class FileHasTooManyRows(Refusal):
    """More than is brought in at once."""

    says = Words("一次最多导入 {most} 行；请拆成几个文件。", "At most {most} rows at once; split the file.")
