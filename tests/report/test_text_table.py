from dcase_classic.report.text_table import aligned, row_line


def test_whole_tables_and_single_rows_are_laid_out_alike():
    rows = [["machine", "clips"], ["fan", "12"], ["a long name", "7"]]
    assert [row_line(row, ["<11", ">5"]) for row in rows] == aligned(rows, n_left=1).splitlines()


def test_a_cell_that_is_too_wide_is_shown_whole_and_moves_others_no_more_than_it_has_to():
    assert row_line(["a long name", 7], ["<3", ">2"]) == "a long name  7"
    forms = ("<17", ">7", "<3", ">5")
    lines = [row_line([name, "00", "a", 7], forms) for name in ("fan", "BlowerDustCollector")]
    assert [line.index("00  a") for line in lines] == [24, 24]


def test_no_line_ends_with_spaces():
    assert row_line(["fan", ""], ["<5", "<5"]) == "fan"
