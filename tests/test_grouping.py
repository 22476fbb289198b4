from dcase_classic.grouping import grouped


def test_items_stand_below_their_keys_in_order():
    groups = grouped([("b", 1), ("a", 2), ("b", 3)])
    assert list(groups.items()) == [("b", [1, 3]), ("a", [2])]


def test_nothing_makes_no_group():
    assert grouped([]) == {}
