from dcase_classic.grouping import batches, grouped


def test_items_stand_below_their_keys_in_order():
    groups = grouped([("b", 1), ("a", 2), ("b", 3)])
    assert list(groups.items()) == [("b", [1, 3]), ("a", [2])]


def test_the_last_batch_may_be_smaller():
    assert batches([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]


def test_nothing_makes_no_group_and_no_batch():
    assert (grouped([]), batches([], 3)) == ({}, [])
