from __future__ import annotations

import pytest

from ops.submission.files import reading
from ops.submission.files.reading import FileForm, open_file, read_rows
from ops.submission.files.row import FileError

OURS = "event_type,subject_id,document_no\n"


@pytest.mark.parametrize(
    ("encoding", "recognised"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_the_encoding_is_recognised(encoding: str, recognised: str) -> None:
    file = open_file(f"{OURS}PenaltyImposed,张某𠮷店,杭市监〔2023〕1号\n".encode(encoding), "a.csv")
    assert file.encoding == recognised
    assert next(file.read()).values["subject_id"] == "张某𠮷店"


def test_damaged_utf8_is_refused_and_not_taken_for_gb18030() -> None:
    data = (OURS + "PenaltyImposed,杭州样例食品有限公司,甲\n" * 3).encode()
    damaged = data[:-6] + b"\xff" + data[-5:]
    with pytest.raises(FileError, match=r"line 4: damaged text: byte \d+ is not UTF-8"):
        open_file(damaged, "a.csv")


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_the_separator_is_recognised_by_the_columns_it_gives(separator: str) -> None:
    text = "event_type|subject_id|kinds\nPenaltyImposed|X|fine\n".replace("|", separator)
    (row,) = read_rows(text.encode(), "a.txt")
    assert row.values == {"event_type": "PenaltyImposed", "subject_id": "X", "kinds": "fine"}


def test_lines_are_numbered_as_a_sheet_numbers_them() -> None:
    """A text of several lines is one row of the sheet; an empty row is one, too."""
    text = (
        '表格说明：\r\n请按要求填写,,\r\n"说\n明",,\r\n\r\nevent_type,subject_id,facts\r\n'
        'PenaltyImposed,A,"两\r\n行"\r\n,,\r\nPenaltyImposed,B,"三\n\n行"\r\nPenaltyImposed,C,一行'
    )
    rows = list(read_rows(text.encode(), "a.csv"))
    assert [(row.line, row.values["subject_id"]) for row in rows] == [
        (6, "A"),
        (8, "B"),
        (9, "C"),
    ]
    assert rows[0].values["facts"] == "两\r\n行"


def test_a_row_that_explains_the_form_is_no_row() -> None:
    text = f"{OURS}表格说明：下面是数据,,\nPenaltyImposed,A,B\n"
    assert [row.line for row in read_rows(text.encode(), "a.csv")] == [3]


@pytest.mark.parametrize("cells", ["PenaltyImposed,A", "PenaltyImposed,A,B,C"])
def test_a_row_of_another_width_is_refused_not_shifted(cells: str) -> None:
    (row,) = read_rows(f"{OURS}{cells}\n".encode(), "a.csv")
    assert not row.values
    assert "the header has 3 columns" in row.reasons[0].rule


def test_empty_cells_beyond_the_header_are_let_pass() -> None:
    (row,) = read_rows(f"{OURS}PenaltyImposed,A,B,,\n".encode(), "a.csv")
    assert row.values["document_no"] == "B"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04rest", "damaged or has a password"),
        (b"a\0b", "zero bytes"),
        (b"", "no header"),
        (OURS.encode(), "no rows"),
        (b"one,two\n1,2\n", "line 1: no header"),
        (b"event_type,subject_id,fine\n", "unknown column 'fine'; did you mean"),
        (
            "行政相对人名称,处罚类别,罚款金额\n".encode(),
            "unknown column '罚款金额'; did you mean 罚款金额",
        ),
        ("行政相对人名称,处罚类别\n".encode(), "missing columns: 行政相对人类别, 行政相对人代码_1"),
        (b"event_type,subject_id,subject_id\n", "columns that stand twice: 'subject_id'"),
        (
            b"event_type,subject_idd,document_nu,kinds\n",
            "'subject_idd'; did you mean subject_id.*'document_nu'; did you mean document_no",
        ),
        (
            "行政相对人名称,处罚种,罚款,处罚依据\n".encode(),
            "'处罚种'.*'罚款'.*missing columns: 行政相对人类别",
        ),
        (OURS.encode() + b'PenaltyImposed,"A,B\n' * 2, "line 2: the quotes"),
        (b'[{"a": 1}]', "one object a line"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_before_its_first_row(
    data: bytes, message: str
) -> None:
    with pytest.raises(FileError, match=message):
        open_file(data, "a.csv")


def test_files_beyond_the_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FILE_ROWS_MAX", 2)
    with pytest.raises(FileError, match="3 rows; at most 2"):
        open_file((OURS + "PenaltyImposed,A,B\n" * 3).encode(), "a.csv")
    monkeypatch.setattr(reading, "FILE_BYTES_MAX", 10)
    with pytest.raises(FileError, match="bytes; at most 10"):
        open_file(OURS.encode(), "a.csv")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('{"event_type": "x",}', "not JSON at column 20"),
        ('{"kinds": ["fine"], "kinds": []}', "once in an object"),
        ('{"envelope": {"region": "1", "region": "2"}}', "once in an object"),
        ('{"facts": "\\ud800"}', "whole Unicode characters"),
        ('{"fine_fen": NaN}', "no NaN"),
        ('{"fine_fen": ' + "9" * 5000 + "}", "bearable length"),
        ('{"facts": ' + "[" * 100_000, "JSON"),
        ('"text"', "each line is one JSON object"),
        ('{"envelope": 5}', "an object"),
    ],
)
def test_a_line_that_is_no_json_object_is_refused_alone(line: str, rule: str) -> None:
    rows = list(read_rows(f'\n{line}\n{{"event_type": "x"}}\n'.encode(), "a.ndjson"))
    assert [row.line for row in rows] == [2, 3]
    assert rule in rows[0].reasons[0].rule
    assert rows[1].values == {"event_type": "x"}


def test_json_is_recognised_by_its_first_character_or_the_name() -> None:
    assert open_file(b'{"event_type": "x"}', "a.txt").form is FileForm.NDJSON
    assert open_file(b"oops", "a.jsonl").form is FileForm.NDJSON


def test_a_line_separator_inside_a_text_ends_no_line() -> None:
    (row,) = read_rows('{"facts": "a\u2028b"}\n'.encode(), "a.ndjson")
    assert row.values["facts"] == "a\u2028b"
