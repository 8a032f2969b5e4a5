"""Spreadsheets as people send them."""

import csv
import io

from openpyxl import Workbook

PLACES = ("地点编号", "类型", "全称", "上级地点编号", "地址", "行政区划代码")
POINTS = ("用电（水）点编号", "地点编号", "水或电", "变压器编号", "线路或干管编号", "容量 kW", "已供")
FEEDERS = ("线路或干管编号", "水或电", "名称", "电压 kV")
TRANSFORMERS = ("变压器编号", "线路编号", "名称", "容量 kVA")
CUSTOMERS = ("户号", "个人或单位", "姓名或名称", "身份证号或统一社会信用代码", "电话")
AGREEMENTS = ("用电（水）点编号", "户号", "开始日期", "最后一天", "用户类别", "价格类别")
BALANCES = ("用电（水）点编号", "余额日期", "余额 元", "备注")


def workbook(titles, *rows, merge: str = "") -> bytes:
    """An XLSX."""
    book = Workbook()
    sheet = book.active
    sheet.append(titles)
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def text_table(titles, *rows, encoding: str = "gb18030") -> bytes:
    """A CSV, by default as Excel in China saves it."""
    kept = io.StringIO()
    csv.writer(kept).writerows([titles, *rows])
    return kept.getvalue().encode(encoding)
